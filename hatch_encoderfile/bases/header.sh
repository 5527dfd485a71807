#!/bin/sh
# An encoderfile: a model and what runs it, in one file. Needs Python 3.10 or newer with numpy.
if [ -n "${ENCODERFILE_PYTHON:-}" ]; then
  if command -v "$ENCODERFILE_PYTHON" >/dev/null 2>&1; then exec "$ENCODERFILE_PYTHON" "$0" "$@"; fi
  echo "$0: ENCODERFILE_PYTHON is $ENCODERFILE_PYTHON, which cannot be run: set it to a Python 3.10 or newer with numpy" >&2
  exit 127
fi
for python in python3 python3.13 python3.12 python3.11 python3.10; do
  if command -v "$python" >/dev/null 2>&1; then
    ENCODERFILE_SEARCH=1
    export ENCODERFILE_SEARCH
    exec "$python" "$0" "$@"
  fi
done
echo "$0: no python3 on PATH: install Python 3.10 or newer with numpy, or set ENCODERFILE_PYTHON" >&2
exit 127
