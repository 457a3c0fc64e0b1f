# Signs programs and installers, where a certificate is given; without one it says so and does nothing.
#   XLLM_SIGN_CERTIFICATE  the .pfx file, or the SHA-1 thumbprint of a certificate in this user's store
#   XLLM_SIGN_PASSWORD     of the .pfx file
#   XLLM_SIGN_TIME         the time-stamp server
# Usage: sign.ps1 FILE...
param([Parameter(Mandatory = $true, ValueFromRemainingArguments = $true)][string[]]$Files)
$ErrorActionPreference = 'Stop'

$certificate = $env:XLLM_SIGN_CERTIFICATE
if (-not $certificate) {
  Write-Host 'sign: no certificate is given (XLLM_SIGN_CERTIFICATE), so nothing is signed.'
  exit 0
}
$tool = Get-Command signtool.exe -ErrorAction SilentlyContinue
if (-not $tool) {
  Write-Error 'sign: signtool.exe was not found. Install the Windows SDK, or run this in its command prompt.'
}
$time = if ($env:XLLM_SIGN_TIME) { $env:XLLM_SIGN_TIME } else { 'http://timestamp.digicert.com' }
$with = if (Test-Path $certificate) { @('/f', $certificate, '/p', $env:XLLM_SIGN_PASSWORD) } else { @('/sha1', $certificate) }
foreach ($file in $Files) {
  & $tool.Source sign /fd SHA256 /td SHA256 /tr $time @with $file
  if ($LASTEXITCODE -ne 0) { Write-Error "sign: $file was not signed." }
  & $tool.Source verify /pa $file
  if ($LASTEXITCODE -ne 0) { Write-Error "sign: the signature of $file does not hold." }
}
