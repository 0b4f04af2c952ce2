#!/bin/sh
# Runs every playbook in check mode and then twice, below a temporary service
# root and from a read-only copy of this folder. The second run of a playbook
# must change nothing, except for restart-service and the start of a job. Containers are not started.
# Usage: tests/idempotence.sh [-v] [PLAYBOOK ...]     (names without .yml)
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
verbose=no
if [ "${1:-}" = -v ]; then verbose=yes; shift; fi

# Two playbooks use the collection that comes with Chiffon.
export ANSIBLE_COLLECTIONS_PATH="$here/../../ansible/collections${ANSIBLE_COLLECTIONS_PATH:+:$ANSIBLE_COLLECTIONS_PATH}"
export CHIFFON_ASYNC_STATE_DIR="$work/async"

cp -R "$here" "$work/repo"
sed -i 's/^start_containers: true$/start_containers: false/' "$work/repo/inventory/group_vars/all.yml"
chmod -R a-w "$work/repo"
cd "$work/repo"

variables() {
  case $1 in
    backup-service) echo backup_service=caddy ;;
    restore-service) echo restore_service=caddy ;;
    update-service) echo update_service=uptime-kuma update_version=1.23.15 ;;
    restart-service) echo restart_service=caddy ;;
    manage-users) echo user_name=mara user_sudo=true user_key=ssh-ed25519-example ;;
    check-job) echo job_id=no_such_job ;;
    dns-records) echo dns_record_name=printer.home.arpa dns_record_address=192.168.1.9 ;;
    *) echo '' ;;
  esac
}

# First what builds up, then what works on it, removals last.
order() {
  for verb in deploy configure; do ls playbooks | grep "^$verb-"; done
  ls playbooks | grep -v -e '^deploy-' -e '^configure-' -e '^remove-' -e '^restore-'
  ls playbooks | grep '^restore-'
  ls playbooks | grep '^remove-'
}

# run NAME LABEL ARGUMENTS: sets exit code, ok, changed and failed of the recap.
run() {
  name=$1 label=$2; shift 2
  code=0
  # shellcheck disable=SC2046
  ansible-playbook "playbooks/$name.yml" --extra-vars "chiffon_data_dir=$work/data" \
    --extra-vars "$(variables "$name")" "$@" >"$work/output" 2>&1 </dev/null || code=$?
  if [ $verbose = yes ]; then cat "$work/output"; fi
  total=$(sed -n '/^PLAY RECAP/,$p' "$work/output" | awk '
    / : ok=/ { hosts++; for (i = 1; i <= NF; i++) if (split($i, part, "=") == 2) sum[part[1]] += part[2] }
    END { printf "hosts=%d ok=%d changed=%d failed=%d ignored=%d", hosts, sum["ok"], sum["changed"], sum["failed"], sum["ignored"] }')
  changed=$(echo "$total" | sed 's/.*changed=\([0-9]*\).*/\1/')
  printf '%-24s %-7s exit=%d %s\n' "$name" "$label" "$code" "$total"
}

problems=0
problem() { echo "  PROBLEM: $1"; problems=$((problems + 1)); if [ $verbose = no ]; then tail -n 25 "$work/output"; fi; }

for file in ${*:-$(order)}; do
  name=${file%.yml}
  run "$name" check --check --diff
  [ "$code" -eq 0 ] || case $name in
    # What they need is there only after the deployment.
    *-service) [ $# -gt 0 ] || problem "$name fails in check mode" ;;
    *) problem "$name fails in check mode" ;;
  esac
  run "$name" first
  [ "$code" -eq 0 ] || problem "$name fails"
  run "$name" second
  [ "$code" -eq 0 ] || problem "$name fails the second time"
  [ "$changed" -eq 0 ] || [ "$name" = restart-service ] || [ "$name" = scrub-nas ] || problem "$name is not idempotent"
done

if [ $problems -gt 0 ]; then echo "$problems problems"; exit 1; fi
echo "Every playbook can be repeated."
