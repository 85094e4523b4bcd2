/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The MESSAGE_ID= of every event that an administrator may want to find again (B.13). Each one
 * has an entry in units/npivot.catalog; the lint compares.
 */

#define MESSAGE_VHBA_UP "5d1a3c9b0f7e4a6c8b2d9e4f10a7c301"
#define MESSAGE_VHBA_DOWN "5d1a3c9b0f7e4a6c8b2d9e4f10a7c302"
#define MESSAGE_VHBA_FAILED "5d1a3c9b0f7e4a6c8b2d9e4f10a7c303"
#define MESSAGE_VHBA_BUSY "5d1a3c9b0f7e4a6c8b2d9e4f10a7c304"
#define MESSAGE_VHBA_STATE "5d1a3c9b0f7e4a6c8b2d9e4f10a7c305"
#define MESSAGE_VHBA_DEFINED "5d1a3c9b0f7e4a6c8b2d9e4f10a7c306"
#define MESSAGE_VHBA_UNDEFINED "5d1a3c9b0f7e4a6c8b2d9e4f10a7c307"
#define MESSAGE_DEFINITION_BAD "5d1a3c9b0f7e4a6c8b2d9e4f10a7c308"
#define MESSAGE_PAIR_MENDED "5d1a3c9b0f7e4a6c8b2d9e4f10a7c309"
#define MESSAGE_EVENTS_LOST "5d1a3c9b0f7e4a6c8b2d9e4f10a7c30a"
#define MESSAGE_LUN_QUARANTINED "5d1a3c9b0f7e4a6c8b2d9e4f10a7c30b"
#define MESSAGE_LUN_RELEASED "5d1a3c9b0f7e4a6c8b2d9e4f10a7c30c"
