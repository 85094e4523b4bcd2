/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What npivot can do, a function a verb. Each returns an exit code (and has said why, unless it is
 * 0), or a negative errno that nobody has spoken of yet. The number of words after the verb and the
 * options are checked before; what the words say is not.
 */

#include "cli/client.h"

int verb_hba_list(Client *client);
int verb_hba_show(Client *client);

int verb_vhba_list(Client *client);
int verb_vhba_show(Client *client);
int verb_vhba_define(Client *client);
int verb_vhba_undefine(Client *client);
int verb_vhba_start(Client *client);
int verb_vhba_stop(Client *client);
int verb_vhba_enable(Client *client);
int verb_vhba_disable(Client *client);
int verb_vhba_set(Client *client);
int verb_vhba_adopt(Client *client);
int verb_vhba_pair(Client *client);
int verb_vhba_unpair(Client *client);
int verb_vhba_worksheet(Client *client);

int verb_lun_list(Client *client);
int verb_lun_show(Client *client);
int verb_lun_lookup(Client *client);
int verb_lun_watch(Client *client);
int verb_lun_wait(Client *client);
int verb_lun_rescan(Client *client);
int verb_lun_remove(Client *client);
int verb_lun_release(Client *client);
int verb_lun_inspect(Client *client);

int verb_map_list(Client *client);
int verb_map_show(Client *client);

int verb_mirror_list(Client *client);
int verb_mirror_show(Client *client);
int verb_mirror_start(Client *client);
int verb_mirror_legacy(Client *client);
int verb_mirror_watch(Client *client);
int verb_mirror_wait(Client *client);
int verb_mirror_speed(Client *client);
int verb_mirror_pause(Client *client);
int verb_mirror_resume(Client *client);
int verb_mirror_verify(Client *client);
int verb_mirror_switch(Client *client);
int verb_mirror_abort(Client *client);
int verb_mirror_forget(Client *client);
int verb_mirror_gc(Client *client);

int verb_target_list(Client *client);
int verb_target_show(Client *client);
int verb_target_prepare(Client *client);
int verb_target_serve(Client *client);
int verb_target_export(Client *client);
int verb_target_commit(Client *client);
int verb_target_abort(Client *client);
int verb_target_forget(Client *client);

int verb_trace(Client *client);

int verb_doctor(Client *client);
