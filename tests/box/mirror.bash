# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What tests of mirrord in a box have in common: two real QEMU block layers, and the relays of the
# other host, which is this one. Needs in_box and wait_for of lib.bash.

NAME=org.npivot.mirror1
ROOT=/org/npivot/mirror1
DIR=/run/m
KEY=000102030405060708090a0b0c0d0e0f
export NAME ROOT

begin_afresh() {
        in_box sh -c "systemctl stop mirrord 'mirror-relay@*' 'mirror-verify@*' 'qemu-*' 2>/dev/null; systemctl reset-failed
                rm -rf $DIR /run/npivot/mirror; mkdir -p $DIR /run/npivot/mirror; mkdir -m 711 /run/npivot/mirror/relay; systemctl start mirrord"
}

# qemu NAME OPTION...: with a monitor for mirrord and one for the test
qemu() {
        in_box systemd-run --quiet --unit "qemu-$1" -p "User=${QEMU_USER:-root}" "${QEMU_PATH:+$QEMU_PATH/}qemu-storage-daemon" \
                --chardev "socket,id=m,path=$DIR/$1.qmp,server=on,wait=off" --monitor chardev=m \
                --chardev "socket,id=t,path=$DIR/$1.test,server=on,wait=off" --monitor chardev=t,id=t "${@:2}"
        wait_for 10 qmp "$1" '{"execute":"query-block-jobs"}'
}

# The same block layer in a whole QEMU, whose machine has nothing.
system_qemu() {
        in_box systemd-run --quiet --unit "qemu-$1" "${QEMU_PATH:+$QEMU_PATH/}qemu-system-x86_64" -machine none -nodefaults -display none \
                -chardev "socket,id=m,path=$DIR/$1.qmp,server=on,wait=off" -mon chardev=m,mode=control \
                -chardev "socket,id=t,path=$DIR/$1.test,server=on,wait=off" -mon chardev=t,mode=control "${@:2}"
        wait_for 10 qmp "$1" '{"execute":"query-block-jobs"}'
}

# qmp NAME JSON: the answer
qmp() {
        "$box_helpers/qmp-ask" "$(box_root)$DIR/$1.test" "$2"
}

# source_and_target [SIZE]: a source with data on vda and vdb, a target with an export of each
source_and_target() {
        local disk size=${1:-16M}

        for disk in vda vdb; do
                in_box sh -c "head -c $size /dev/urandom >$DIR/$disk.source; truncate -s $size $DIR/$disk.target; chmod 666 $DIR/$disk.*"
        done
        "${SOURCE_QEMU:-qemu}" source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source" \
                --blockdev "driver=raw,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.source"
        target_with "file.driver=file,file.filename=$DIR/vda.target"
}

# target_with OPTIONS: an export of each disk, vda on what the options say, and relays before them
target_with() {
        qemu target --blockdev "driver=raw,node-name=vda,$1" \
                --blockdev "driver=raw,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.target" \
                --nbd-server "addr.type=unix,addr.path=$DIR/export.sock" \
                --export type=nbd,id=a,node-name=vda,name=vda,writable=on \
                --export type=nbd,id=b,node-name=vdb,name=vdb,writable=on
        target_relay vda 49301
        target_relay vdb 49302
}

# target_relay DISK PORT: what waits on the other host, which is this one
target_relay() {
        in_box sh -c "umask 077; printf '[Relay]\nSide=target\nName=$1\nSocket=$DIR/export.sock\nAddress=127.0.0.1\nPorts=$2\nKey=$KEY\n' >/run/npivot/mirror/relay/target-$1.conf
                systemctl start mirror-relay@target-$1"
}

# Nothing of it is left in QEMU, systemd and /run. What is cheap is asked first.
is_clean() {
        local files nodes

        files=("$(box_root)"/run/npivot/mirror/relay/[0-9]*)
        [ ! -e "${files[0]}" ] &&
                [ "$(qmp source '{"execute":"query-jobs"}')" = "[]" ] &&
                nodes=$(qmp source '{"execute":"query-named-block-nodes","arguments":{"flat":true}}') &&
                [[ $nodes != *'"node-name":"npivot-'* ]] &&
                [ -z "$(in_box systemctl list-units --no-legend --plain 'mirror-relay@[0-9]*')" ]
}

are_same() {
        in_box cmp $DIR/vda.source $DIR/vda.target
        in_box cmp $DIR/vdb.source $DIR/vdb.target
}

bus() {
        in_box busctl --json=short "$@"
}

# begin [OPTION-COUNT OPTION...]: the job of both disks
begin() {
        [ $# -gt 0 ] || set -- 0
        bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 2 \
                vda vda "${SIZE_BYTES:-16777216}" 49301 $KEY vdb vdb "${SIZE_BYTES:-16777216}" 49302 $KEY 127.0.0.1 "$@" |
                jq -er '.data[0]'
}

job() {
        box_get $NAME "$JOB" $NAME.Job "$1"
}

# Of each its name, node, state, bytes done and bytes in all, …, as JSON.
job_disks() {
        bus get-property $NAME "$JOB" $NAME.Job Disks | jq -c .data
}

# all_disks_are STATE...: each of the job is in one of these; of a job that is copying one may be so only
all_disks_are() {
        job_disks | jq -e '$ARGS.positional as $states | all(.[2] | IN($states[]))' --args "$@" >/dev/null
}

state_is() {
        [ "$(job State)" = "$1" ]
}

# until_state SEC STATE...: the job is in one of these
until_state() {
        box_get $NAME "$JOB" $NAME.Job State "$@" >/dev/null
}

tell() {
        bus call $NAME "$JOB" $NAME.Job "$@"
}

# jobs_are STATUS: QEMU's, of all of them
jobs_are() {
        qmp source '{"execute":"query-jobs"}' | jq -e --arg status "$1" 'length > 0 and all(.status == $status)' >/dev/null
}

job_has_mode() {
        qmp source '{"execute":"query-block-jobs"}' | jq -e 'length > 0' >/dev/null && [ "$(job CopyMode)" = "$1" ]
}

retried() {
        [ "$(job Retried)" -ge "$1" ]
}

# converges WORD...: the job is one of these
converges() {
        [[ " $* " = *" $(job Convergence) "* ]]
}

# relay_bytes DISK: that the source's relay has carried to the target
relay_bytes() {
        in_box sh -c "printf status | socat -t 2 - UNIX-CONNECT:/run/npivot/mirror/relay/${JOB##*/}-$1.control,type=5" | cut -d' ' -f4
}

relay_has_carried() {
        [ "$(relay_bytes "$1")" -ge "$2" ]
}

# serve_source: a way for a writer to the source's disks, as a guest would have it
serve_source() {
        qmp source "{\"execute\":\"nbd-server-start\",\"arguments\":{\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"$DIR/source.nbd\"}}}}"
        for disk in vda vdb; do
                qmp source "{\"execute\":\"block-export-add\",\"arguments\":{\"type\":\"nbd\",\"id\":\"w-$disk\",\"node-name\":\"$disk\",\"name\":\"$disk\",\"writable\":true}}"
        done
}

# write_to QEMU DISK OFFSET SIZE PATTERN: through its export
write_to() {
        in_box test -S "$DIR/$1.nbd" || serve_source
        in_box qemu-io -f raw "nbd+unix:///$2?socket=$DIR/$1.nbd" -c "write -P $5 $3 $4" -c flush >/dev/null
}

# Writes vda all over, again and again, faster than 3 MB a second.
begin_writer() {
        in_box sh -c "cat >$DIR/writer" <<EOF
while :; do
        for at in 0 2 4 6 8 10 12 14; do
                qemu-io -f raw "nbd+unix:///vda?socket=$DIR/source.nbd" -c "write -P 0x5\$((at / 2)) \${at}M 2M"
        done
done
EOF
        in_box systemd-run --quiet --unit qemu-writer sh $DIR/writer
}

# disks_are STATE: every disk of the job
disks_are() {
        job_disks | jq -e --arg state "$1" 'all(.[2] == $state)' >/dev/null
}

# Certificates for both sides, in $DIR/pki.
make_pki() {
        in_box sh -c "mkdir -p $DIR/pki && cd $DIR/pki && exec 2>/dev/null
                certtool --generate-privkey --ecc --outfile ca.key
                printf 'cn = \"lab\"\nca\ncert_signing_key\n' >ca.cfg
                certtool --generate-self-signed --load-privkey ca.key --template ca.cfg --outfile ca-cert.pem
                printf 'cn = \"localhost\"\ndns_name = \"localhost\"\ntls_www_server\ntls_www_client\nsigning_key\n' >one.cfg
                certtool --generate-privkey --ecc --outfile key.pem
                certtool --generate-certificate --load-privkey key.pem --load-ca-certificate ca-cert.pem --load-ca-privkey ca.key --template one.cfg --outfile cert.pem"
}

# x509_relay DISK PORT
x509_relay() {
        in_box sh -c "umask 077; printf '[Relay]\nSide=target\nSocket=$DIR/export.sock\nAddress=127.0.0.1\nPorts=$2\nTls=x509\nCaFile=$DIR/pki/ca-cert.pem\nCertificateFile=$DIR/pki/cert.pem\nPrivateKeyFile=$DIR/pki/key.pem\nPeerName=localhost\n' >/run/npivot/mirror/relay/target-$1.conf
                systemctl start mirror-relay@target-$1"
}

begin_x509() {
        bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 2 vda vda 16777216 49301 '' vdb vdb 16777216 49302 '' \
                127.0.0.1 2 Certificates s $DIR/pki PeerName s "$1" | jq -r '.data[0]'
}
