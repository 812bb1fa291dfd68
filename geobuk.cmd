@echo off
rem Starts Geobuk. Builds it first where a source is newer than the last build; a build prints only when it fails.
setlocal
set "GEOBUK_ROOT=%~dp0"
set "GEOBUK_PROGRAM=%~dp0artifacts\bin\Geobuk.Cli\release\geobuk.dll"
where dotnet >nul 2>nul
if errorlevel 1 (
    echo geobuk: dotnet is not on the PATH; expected the .NET 10 SDK. Install it: https://dotnet.microsoft.com/download 1>&2
    exit /b 1
)
powershell -NoProfile -ExecutionPolicy Bypass -Command ^
    "$root = $env:GEOBUK_ROOT; $state = $root + 'artifacts\launcher'; $built = $state + '\built'; $log = $state + '\build.log';" ^
    "function Stale { if (-not (Test-Path -LiteralPath $built) -or -not (Test-Path -LiteralPath $env:GEOBUK_PROGRAM)) { return $true };" ^
    "  $time = (Get-Item -LiteralPath $built).LastWriteTimeUtc;" ^
    "  $sources = @(Get-ChildItem -LiteralPath ($root + 'src') -Recurse) + @(Get-Item ($root + 'Directory.*.props'), ($root + 'global.json'));" ^
    "  return [bool]($sources | Where-Object { $_.LastWriteTimeUtc -gt $time } | Select-Object -First 1) };" ^
    "if (-not (Stale)) { exit 0 };" ^
    "if ((Test-Path -LiteralPath $env:GEOBUK_PROGRAM) -and -not (dotnet --list-sdks)) { exit 0 };" ^
    "$null = New-Item -ItemType Directory -Force -Path $state;" ^
    "while (-not $lock) { try { $lock = [IO.File]::Open($state + '\lock', 'OpenOrCreate', 'ReadWrite', 'None') } catch { Start-Sleep -Milliseconds 200 } };" ^
    "if (-not (Stale)) { exit 0 };" ^
    "[Console]::Error.WriteLine('geobuk: building (the first time fetches packages, some minutes)...');" ^
    "$started = [DateTime]::UtcNow;" ^
    "Set-Location -LiteralPath $root;" ^
    "cmd /c \"dotnet build src\Geobuk.Cli\Geobuk.Cli.csproj -c Release -nologo -v quiet -p:RunAnalyzers=false > artifacts\launcher\build.log 2>&1\";" ^
    "if ($LASTEXITCODE -ne 0) { Get-Content -LiteralPath $log | ForEach-Object { [Console]::Error.WriteLine($_) }; exit 1 };" ^
    "Set-Content -LiteralPath $built -Value ''; (Get-Item -LiteralPath $built).LastWriteTimeUtc = $started"
if errorlevel 1 (
    echo geobuk: the build failed; the messages are above 1>&2
    exit /b 1
)
dotnet "%GEOBUK_PROGRAM%" %*
exit /b %errorlevel%
