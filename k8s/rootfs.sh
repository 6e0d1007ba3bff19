#!/usr/bin/env bash
# Copies what a virtual environment needs to run without the system on which it was made.
# usage: rootfs.sh ENVIRONMENT DIRECTORY
set -euo pipefail
environment=$1 root=$2

python=$(readlink -f "$environment/bin/python")
stdlib=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
ln -sf "$python" "$environment/bin/python"

# Tests, modules for people at a terminal, and Python versions of modules that exist in C.
unused='test|unittest|idlelib|tkinter|turtledemo|turtle\.py|lib2to3|ensurepip|venv|pydoc_data|curses|_pyrepl|dbm|xmlrpc'
unused+='|_py(io|decimal|datetime)\.py|config-[^/]*|(site|dist)-packages'
unused+='|lib-dynload/(_test|_tkinter|_curses|readline|_g?dbm)[^/]*'
# Python can't save bytecode on a read-only root, and would compile it at every start.
find "$stdlib" -name __pycache__ -prune -exec rm -r {} +
"$python" -m compileall -q --invalidation-mode unchecked-hash -x "^$stdlib/($unused)(/|$)" "$stdlib"

mkdir -p "$root/etc/ssl/certs" "$root/tmp"
chmod 1777 "$root/tmp"
find "$stdlib" -regextype posix-extended -regex "$stdlib/($unused)" -prune -o \
    ! -type d -print0 | xargs -0 cp -P --parents -t "$root"
cp -P --parents -r "$python" "$environment" "$root"
packages=$(echo "$root$environment"/lib/python3*/site-packages)
rm -r "$packages/brandsync/testing" # it needs pytest, which isn't there
# Only Python is ever highlighted.
find "$packages/pygments/lexers" -name '[a-z]*' -type f ! -name 'python*' -delete

# The linked libraries, where the loader looks for them. The drivers' own libraries are in the environment.
linked=$(cd "$root" && find . -type f \( -name '*.so' -o -name '*.so.*' \) -printf '/%P\0' | xargs -0 ldd "$python")
if grep 'not found' <<<"$linked" >&2; then exit 1; fi
sed -nE 's|^\t(.* => )?(/[^ ]+) \(0x.*|\2|p' <<<"$linked" | xargs realpath --no-symlinks | sort -u |
    grep -v "^$environment/" | xargs cp -L --parents -t "$root"
cp --parents /etc/ld.so.cache "$root"

cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs"
echo 'brandsync:x:10001:10001::/tmp:/nonexistent' >"$root/etc/passwd"
echo 'brandsync:x:10001:' >"$root/etc/group"
# Without this file, the names of /etc/hosts would not be looked up first.
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
