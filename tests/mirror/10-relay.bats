#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A pair of relays between two real QEMU block layers: what arrives, who is let in, what is left.

bats_require_minimum_version 1.5.0
load lib

setup() {
        mirror_setup
        PORTS=$(free_ports)
}

teardown() {
        mirror_teardown
        [ -z "${NEAR:-}" ] || ip netns del "$NEAR" 2>/dev/null || true
        [ -z "${FAR:-}" ] || ip netns del "$FAR" 2>/dev/null || true
}

# pair [KEY=VALUE...]: target and source relay, with an export of $DIR/target.img behind
pair() {
        relay target target export.sock "$PORTS" "$@"
        relay source source nbd.sock "$(field target 3)" "$@"
}

export_target() {
        qemu destination --blockdev "driver=raw,node-name=disk,file.driver=file,file.filename=$DIR/target.img" \
                --nbd-server "addr.type=unix,addr.path=$DIR/export.sock" \
                --export "type=nbd,id=e,node-name=disk,name=vda,writable=on"
}

job_is() {
        [ "$(qmp source-qemu '{"execute":"query-jobs"}' | jq -r '.[0].status')" = "$1" ]
}

# guest_and_target: a disk that a guest may write to, over NBD at guest.sock, and the mirror's node
guest_and_target() {
        qemu source-qemu --blockdev "driver=raw,node-name=disk,file.driver=file,file.filename=$DIR/source.img" \
                --nbd-server "addr.type=unix,addr.path=$DIR/guest.sock" \
                --export "type=nbd,id=g,node-name=disk,name=vda,writable=on"
        qmp source-qemu "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"nbd\",\"node-name\":\"mirror\",
                \"export\":\"vda\",\"server\":{\"type\":\"unix\",\"path\":\"$DIR/nbd.sock\"}}}"
}

# start_mirror [MODE]: background, or write-blocking
start_mirror() {
        qmp source-qemu "{\"execute\":\"blockdev-mirror\",\"arguments\":{\"job-id\":\"m\",\"device\":\"disk\",
                \"target\":\"mirror\",\"sync\":\"full\",\"auto-dismiss\":false,\"copy-mode\":\"${1:-background}\"}}"
}

mirror_through() {
        guest_and_target
        start_mirror
}

# guest_writes BYTE: as a guest does, 64 KiB, and it must succeed
guest_writes() {
        timeout 30 qemu-io -f raw -c "write -P $1 1M 64k" "nbd+unix:///vda?socket=$DIR/guest.sock"
}

# msec_since EPOCHREALTIME
msec_since() {
        echo $(((${EPOCHREALTIME/./} - ${1/./}) / 1000))
}

has_passed() {
        [ "$(msec_since "$2")" -ge "$1" ]
}

@test "a mirror through relays with TLS is the same to the last byte, and nothing is left" {
        pattern "$DIR/source.img" 64M
        truncate -s 64M "$DIR/target.img"
        export_target
        pair
        wait_for 10 state_is target running
        mirror_through
        wait_for 30 job_is ready
        [ "$(field source 4)" -ge 67108864 ]
        [ "$(field source 4)" = "$(field target 4)" ]
        qmp source-qemu '{"execute":"block-job-cancel","arguments":{"device":"m","force":false}}'
        wait_for 10 job_is concluded
        qmp source-qemu '{"execute":"job-dismiss","arguments":{"id":"m"}}'
        qmp source-qemu '{"execute":"blockdev-del","arguments":{"node-name":"mirror"}}'
        ends source
        ends target
        cmp "$DIR/source.img" "$DIR/target.img"
        run ! grep "after its last answer" "$DIR/source.log" "$DIR/target.log"
        [ ! -e "$DIR/nbd.sock" ]
        [ ! -e "$DIR/source.control" ]
        [ ! -e "$DIR/target.control" ]
        run ! grep -r "$KEY" "$DIR" --include=*.log
}

# faults: page faults of the target's QEMU since it was started
faults() {
        sed 's/^.*) //' "/proc/${PID[destination]}/stat" | cut -d' ' -f8
}

@test "a target that was read once by its relay keeps its memory: QEMU's page faults are few" {
        local before

        pattern "$DIR/source.img" 256M
        truncate -s 256M "$DIR/target.img"
        export_target
        pair Name=vda
        before=$(faults)
        mirror_through
        wait_for 30 job_is ready
        # 256 MiB are 65536 pages, and each was a fault.
        echo "$(($(faults) - before)) page faults"
        [ "$(($(faults) - before))" -lt 30000 ]
}

@test "an export that does not answer, or has another name, keeps no relay from listening" {
        local begin=${EPOCHREALTIME/./}

        pattern "$DIR/target.img" 1M
        export_target
        relay other target export.sock "$PORTS" Name=vdb
        state_is other listening
        grep -q "not read beforehand" "$DIR/other.log"
        kill -STOP "${PID[destination]}"
        relay target target export.sock "$PORTS" Name=vda
        state_is target listening
        grep -q "not read beforehand" "$DIR/target.log"
        kill -CONT "${PID[destination]}"
        [ $((${EPOCHREALTIME/./} - begin)) -lt 20000000 ]
}

@test "with certificates: the right ones get through" {
        make_certificates
        pattern "$DIR/source.img" 8M
        truncate -s 8M "$DIR/target.img"
        export_target
        relay target target export.sock "$PORTS" Tls=x509 "CaFile=$DIR/ca.pem" "CertificateFile=$DIR/one.pem" \
                "PrivateKeyFile=$DIR/one.key" PeerName=two.example
        relay source source nbd.sock "$(field target 3)" Tls=x509 "CaFile=$DIR/ca.pem" \
                "CertificateFile=$DIR/two.pem" "PrivateKeyFile=$DIR/two.key" PeerName=one.example
        nbdcopy --connections=1 "$DIR/source.img" "nbd+unix:///vda?socket=$DIR/nbd.sock"
        ends source
        ends target
        cmp "$DIR/source.img" "$DIR/target.img"
}

@test "with certificates: another name, or no certificate, is turned away, and the right one still comes" {
        make_certificates
        truncate -s 8M "$DIR/target.img"
        export_target
        relay target target export.sock "$PORTS" Tls=x509 "CaFile=$DIR/ca.pem" "CertificateFile=$DIR/one.pem" \
                "PrivateKeyFile=$DIR/one.key" PeerName=three.example
        relay source source nbd.sock "$(field target 3)" Tls=x509 "CaFile=$DIR/ca.pem" \
                "CertificateFile=$DIR/two.pem" "PrivateKeyFile=$DIR/two.key" PeerName=one.example
        wait_for 10 grep -q "Turned somebody away" "$DIR/target.log"
        ends source 1 || kill "${PID[source]}"
        wait_for 10 state_is target listening

        printf '' | timeout 10 gnutls-cli --insecure -p "$(field target 3)" 127.0.0.1 >"$DIR/cli.log" 2>&1 || true
        wait_for 10 state_is target listening
        [ "$(field target 4)" = 0 ]
}

make_certificates() {
        local name

        cd "$DIR" || return
        certtool --generate-privkey --ecc --outfile ca.key 2>/dev/null
        printf 'cn = "lab"\nca\ncert_signing_key\n' >ca.cfg
        certtool --generate-self-signed --load-privkey ca.key --template ca.cfg --outfile ca.pem 2>/dev/null
        for name in one two; do
                certtool --generate-privkey --ecc --outfile $name.key 2>/dev/null
                printf 'cn = "%s.example"\ndns_name = "%s.example"\ntls_www_server\ntls_www_client\nsigning_key\n' \
                        $name $name >$name.cfg
                certtool --generate-certificate --load-privkey $name.key --load-ca-certificate ca.pem \
                        --load-ca-privkey ca.key --template $name.cfg --outfile $name.pem 2>/dev/null
        done
}

@test "who has another key is turned away and told so, and the right one still gets in" {
        truncate -s 8M "$DIR/source.img" "$DIR/target.img"
        export_target
        relay target target export.sock "$PORTS"
        relay intruder source other.sock "$(field target 3)" "Tls=psk" "Key=$(printf '%064d' 7)"
        ends intruder 1
        grep -q "Cannot relay" "$DIR/intruder.log"
        wait_for 10 grep -q "Turned somebody away" "$DIR/target.log"
        [ ! -e "$DIR/other.sock" ]

        relay source source nbd.sock "$(field target 3)"
        nbdcopy --connections=1 "$DIR/source.img" "nbd+unix:///vda?socket=$DIR/nbd.sock"
        ends source
        ends target
}

@test "who speaks no TLS gets nothing, not even a byte of NBD" {
        truncate -s 8M "$DIR/target.img"
        export_target
        relay target target export.sock "$PORTS"
        run -0 timeout 10 socat -t 2 - "TCP:127.0.0.1:$(field target 3)" <<<"hello, is there a disk here?"
        [[ $output != *NBDMAGIC* ]]
        wait_for 10 grep -q "Turned somebody away" "$DIR/target.log"
        state_is target listening
}

# cpu_ticks NAME: hundredths of a second that it has used
cpu_ticks() {
        sed 's/^.*) //' "/proc/${PID[$1]}/stat" | awk '{ print $12 + $13 }'
}

has_given_way() {
        [ "$(grep -c "Turned somebody away: it has not shaken hands while the next one waited" "$DIR/$1.log")" -ge "$2" ]
}

@test "a relay that shakes hands does not spin while the next one waits for its turn" {
        local port

        truncate -s 8M "$DIR/target.img"
        export_target
        relay target target export.sock "$PORTS"
        port=$(field target 3)
        begin silent socat -u "TCP:127.0.0.1:$port" -
        wait_for 10 state_is target handshaking
        begin next socat -u "TCP:127.0.0.1:$port" -
        # The first one has its turn, and the next one all of its time.
        wait_for 10 has_given_way target 1
        wait_for 20 grep -q "Turned somebody away: it does not shake hands" "$DIR/target.log"
        [ "$(cpu_ticks target)" -lt 50 ]
}

@test "who connects and is silent does not keep the right one out" {
        local port i

        truncate -s 8M "$DIR/source.img" "$DIR/target.img"
        export_target
        relay target target export.sock "$PORTS"
        port=$(field target 3)
        for i in {1..12}; do
                begin "silent$i" socat -u "TCP:127.0.0.1:$port" -
        done
        wait_for 10 have_come target "$port" 12
        relay source source nbd.sock "$port"
        wait_for 10 state_is target running
        has_given_way target 12
        nbdcopy --connections=1 "$DIR/source.img" "nbd+unix:///vda?socket=$DIR/nbd.sock"
        ends source
        ends target
}

@test "only the address that was said is listened on, and only one gets in" {
        truncate -s 8M "$DIR/source.img" "$DIR/target.img"
        export_target
        pair Tls=no
        [ "$(ss -Hltn "sport = :$(field target 3)" | awk '{ print $4 }')" = "" ]
        wait_for 10 state_is target running
        run ! timeout 5 socat -u "TCP:127.0.0.1:$(field target 3)" -
        ask source end
        ends source
}

@test "a range of ports without a free one is said with the range" {
        local first=${PORTS%-*}
        begin squatter socat "TCP-LISTEN:$first,bind=127.0.0.1,fork" /dev/null
        wait_for 10 sh -c "ss -Hltn | grep -q :$first"
        relay one target export.sock "$first-$first"
        ends one 1
        grep -q "no port from $first to $first is free" "$DIR/one.log"
        relay two target export.sock "$first-$((first + 1))"
        [ "$(field two 3)" = $((first + 1)) ]
        ask two end
        ends two
}

@test "a limit holds, and can be raised while it runs" {
        local before after
        pattern "$DIR/source.img" 32M
        truncate -s 32M "$DIR/target.img"
        export_target
        pair Tls=no Limit=4194304
        begin copy nbdcopy --connections=1 "$DIR/source.img" "nbd+unix:///vda?socket=$DIR/nbd.sock"
        wait_for 10 sh -c "[ \$(printf status | socat -t 2 - UNIX-CONNECT:$DIR/source.control,type=5 | cut -d' ' -f4) -gt 2000000 ]"
        before=$(field source 4) after=${EPOCHREALTIME/./}
        wait_for 20 sh -c "[ \$(printf status | socat -t 2 - UNIX-CONNECT:$DIR/source.control,type=5 | cut -d' ' -f4) -gt $((before + 8000000)) ]"
        # 8 MB at 4 MiB/s: 1.9 s, whatever else the machine does.
        [ $((${EPOCHREALTIME/./} - after)) -ge 1500000 ]
        [ "$(ask source 'limit 0')" = ok ]
        ends copy
        ends source
        cmp "$DIR/source.img" "$DIR/target.img"
        [[ $(ask target nonsense 2>/dev/null || echo error) = error* ]]
}

@test "a target that is killed is an error at once, and the source says so" {
        truncate -s 8M "$DIR/source.img" "$DIR/target.img"
        export_target
        pair
        mirror_through
        wait_for 20 job_is ready
        kill -KILL "${PID[target]}"
        ends source 0 || grep -q "the connection broke" "$DIR/source.log"
        wait_for 10 test ! -e "$DIR/nbd.sock"
        # The source's image is not touched by any of it.
        cmp "$DIR/source.img" /dev/zero -n 8388608
}

@test "an export that hangs up is said by both relays, each for its side" {
        truncate -s 8M "$DIR/source.img" "$DIR/target.img"
        export_target
        pair
        mirror_through
        wait_for 20 job_is ready
        kill -KILL "${PID[destination]}"
        ends target
        ends source
        grep -q "QEMU has ended the connection first, and nothing had been sent to it after its last answer" "$DIR/target.log"
        grep -q "the other host has ended the connection first, and nothing had been sent to it after its last answer" "$DIR/source.log"
}

@test "an export that is not there is said by name" {
        relay target target export.sock "$PORTS" Tls=no
        relay source source nbd.sock "$(field target 3)" Tls=no
        ends target 1
        grep -q "QEMU's export at $DIR/export.sock: No such file" "$DIR/target.log"
        ends source 1
        grep -q "the other side has gone before QEMU came" "$DIR/source.log"
}

@test "a relay that is told to stop leaves no socket behind" {
        relay target target export.sock "$PORTS"
        [ -e "$DIR/target.control" ]
        kill "${PID[target]}"
        ends target
        [ ! -e "$DIR/target.control" ]
}

@test "a guest whose writes wait for a target that hangs goes on when its time is over" {
        local begin
        truncate -s 8M "$DIR/source.img" "$DIR/target.img"
        export_target
        pair Tls=no
        [ "$(ask source 'stall 1500')" = ok ]
        guest_and_target
        start_mirror write-blocking
        wait_for 20 job_is ready
        guest_writes 1
        cmp "$DIR/source.img" "$DIR/target.img"

        kill -STOP "${PID[destination]}"
        begin=$EPOCHREALTIME
        guest_writes 2
        [ "$(msec_since "$begin")" -ge 1400 ]
        [ "$(msec_since "$begin")" -lt 10000 ]
        ends source 1
        grep -q "Cannot relay: the other host has not answered for 1500 ms" "$DIR/source.log"
        wait_for 10 job_is concluded
        [[ $(qmp source-qemu '{"execute":"query-jobs"}' | jq -r '.[0].error') = *rror* ]]
        guest_writes 3
        qemu-io -U -f raw -r -c "read -P 3 1M 64k" "$DIR/source.img"
}

@test "without a limit to it, a target that hangs is waited for, and the debt is shown" {
        truncate -s 8M "$DIR/source.img" "$DIR/target.img"
        export_target
        pair
        guest_and_target
        [ "$(field source 7)" = 0 ]
        [ "$(field source 8)" = 0 ]
        kill -STOP "${PID[destination]}"
        start_mirror
        wait_for 10 sh -c "[ \$(printf status | socat -t 2 - UNIX-CONNECT:$DIR/source.control,type=5 | cut -d' ' -f7) -gt 700 ]"
        state_is source running
        kill -CONT "${PID[destination]}"
        wait_for 20 job_is ready
        wait_for 10 sh -c "[ \$(printf status | socat -t 2 - UNIX-CONNECT:$DIR/source.control,type=5 | cut -d' ' -f7) = 0 ]"
}

@test "a mirror that is idle for longer than a target may take to answer is not cut" {
        truncate -s 8M "$DIR/source.img" "$DIR/target.img"
        export_target
        relay target target export.sock "$PORTS"
        relay source source nbd.sock "$(field target 3)" Stall=300
        mirror_through
        wait_for 20 job_is ready
        [ "$(field source 8)" = 300 ]
        wait_for 10 has_passed 1000 "$EPOCHREALTIME"
        guest_writes 7
        wait_for 10 qemu-io -U -f raw -r -c "read -P 7 1M 64k" "$DIR/target.img"
        state_is source running
        job_is ready
}

@test "a limit under which one request takes longer than a target may is not taken for a stall" {
        pattern "$DIR/source.img" 4M
        truncate -s 4M "$DIR/target.img"
        export_target
        relay target target export.sock "$PORTS"
        relay source source nbd.sock "$(field target 3)" Stall=400 Limit=1048576
        mirror_through
        wait_for 30 job_is ready
        state_is source running
        [ "$(ask source 'limit 0')" = ok ]
        cmp "$DIR/source.img" "$DIR/target.img"
}

@test "the time a target may take is of the source, and within bounds" {
        truncate -s 8M "$DIR/target.img"
        export_target
        pair Tls=no
        [[ $(ask source 'stall 99') = error* ]]
        [[ $(ask source 'stall x') = error* ]]
        [ "$(field source 8)" = 0 ]
        [[ $(ask target 'stall 1000') = error* ]]
}
@test "without a limit to it, a host that takes nothing for longer than a dead one may be silent is waited for" {
        pattern "$DIR/source.img" 64M
        truncate -s 64M "$DIR/target.img"
        export_target
        pair
        guest_and_target
        kill -STOP "${PID[target]}"
        start_mirror
        wait_for 10 owes 700
        wait_for 40 has_passed "${STOPPED_MSEC:-24000}" "$EPOCHREALTIME"
        state_is source running
        kill -CONT "${PID[target]}"
        wait_for 30 job_is ready
        cmp "$DIR/source.img" "$DIR/target.img"
}

# owes MSEC: the target an answer, for so long
owes() {
        [ "$(field source 7)" -gt "$1" ]
}

# two_hosts: network namespaces with a cable between them, $NEAR and $FAR
two_hosts() {
        NEAR=npivot-near-$BASHPID FAR=npivot-far-$BASHPID
        ip netns add "$NEAR" 2>/dev/null || skip "no network namespaces"
        ip netns add "$FAR"
        ip -n "$NEAR" link add cable type veth peer name cable netns "$FAR" || skip "no veth"
        ip -n "$NEAR" address add 192.0.2.1/24 dev cable
        ip -n "$FAR" address add 192.0.2.2/24 dev cable
        ip -n "$NEAR" link set cable up
        ip -n "$FAR" link set cable up
}

@test "a host that is gone in the middle of it is dead after 20 seconds" {
        local begin

        two_hosts
        pattern "$DIR/source.img" 64M
        truncate -s 64M "$DIR/target.img"
        export_target
        RUN=(ip netns exec "$FAR")
        ADDRESS=192.0.2.2 relay target target export.sock "$PORTS"
        RUN=(ip netns exec "$NEAR")
        ADDRESS=192.0.2.2 relay source source nbd.sock "$(field target 3)" Limit=1048576
        RUN=()
        mirror_through
        wait_for 10 sh -c "[ \$(printf status | socat -t 2 - UNIX-CONNECT:$DIR/source.control,type=5 | cut -d' ' -f4) -gt 1000000 ]"
        begin=$EPOCHREALTIME
        ip -n "$FAR" link set cable down
        wait_for 40 grep -q "Cannot relay: the other host has not answered TCP for 20 s" "$DIR/source.log"
        [ "$(msec_since "$begin")" -ge 19000 ]
        ends source 1
}
