#!/usr/bin/env bash
# Signs the bundle or the disk image and has Apple notarise the latter, where an identity is given; without one it says so and does nothing.
#   XLLM_SIGN_IDENTITY   "Developer ID Application: …", as `security find-identity` shows it
#   XLLM_NOTARY_PROFILE  what `xcrun notarytool store-credentials` was given; without it nothing is notarised
# Usage: sign_and_notarise.sh FILE.app|FILE.dmg
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
file=${1:?name the bundle or the disk image}

if [[ -z ${XLLM_SIGN_IDENTITY:-} ]]; then
  echo "sign: no identity is given (XLLM_SIGN_IDENTITY), so nothing is signed."
  exit 0
fi
[[ -e $file ]] || { echo "sign: $file is not there." >&2; exit 1; }

if [[ $file == *.app ]]; then
  # Inside out: libraries and plug-ins, the programs beside the window's, then the bundle around them.
  find "$file" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
    xargs -0 -n 1 codesign --force --timestamp --options runtime --sign "$XLLM_SIGN_IDENTITY"
  find "$file/Contents/Frameworks" -name '*.framework' -maxdepth 1 -print0 2>/dev/null |
    xargs -0 -n 1 codesign --force --timestamp --options runtime --sign "$XLLM_SIGN_IDENTITY"
  codesign --force --timestamp --options runtime --sign "$XLLM_SIGN_IDENTITY" "$file/Contents/MacOS/xllm-decoder"  # without any rights
  codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" --sign "$XLLM_SIGN_IDENTITY" "$file/Contents/MacOS/xllm"
  codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" --sign "$XLLM_SIGN_IDENTITY" "$file"
  codesign --verify --deep --strict "$file"
  exit 0
fi

codesign --force --timestamp --sign "$XLLM_SIGN_IDENTITY" "$file"
if [[ -z ${XLLM_NOTARY_PROFILE:-} ]]; then
  echo "sign: no profile is given (XLLM_NOTARY_PROFILE), so $file is signed and not notarised."
  exit 0
fi
xcrun notarytool submit "$file" --keychain-profile "$XLLM_NOTARY_PROFILE" --wait
xcrun stapler staple "$file"
spctl --assess --type open --context context:primary-signature "$file"
