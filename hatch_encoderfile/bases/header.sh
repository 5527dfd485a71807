#!/bin/sh
# An encoderfile: a model and what runs it, in one file. Needs Python 3.10 or newer with numpy.
if [ -n "${ENCODERFILE_PYTHON:-}" ]; then
  python=$(command -v "$ENCODERFILE_PYTHON")
  if [ -f "$python" ] && [ -x "$python" ]; then exec "$python" "$0" "$@"; fi
  echo "$0: ENCODERFILE_PYTHON is $ENCODERFILE_PYTHON, which cannot be run: set it to a Python 3.10 or newer with numpy" >&2
  exit 127
fi
# A script that was installed into a virtual environment belongs to the environment's Python, activated or not.
file=$0
if [ -h "$file" ]; then file=$(readlink -f "$file" 2>/dev/null) || file=$0; fi
folder=${file%/*}
if [ -f "$folder/../pyvenv.cfg" ] && [ -x "$folder/python3" ]; then exec "$folder/python3" "$0" "$@"; fi
for name in python3 python3.13 python3.12 python3.11 python3.10; do
  python=$(command -v "$name") || continue
  # Python 3.6 and 3.7 do not see a zip that has a comment, so they could not even say that they are too old.
  if [ -h "$python" ] && { [ "$python" -ef "$python.6" ] || [ "$python" -ef "$python.7" ]; }; then continue; fi
  ENCODERFILE_SEARCH=1
  export ENCODERFILE_SEARCH
  exec "$python" "$0" "$@"
done
echo "$0: no Python 3.10 or newer on PATH: install one, with numpy, or set ENCODERFILE_PYTHON" >&2
exit 127
