using System.Diagnostics;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests;

/// <summary>The start script, with a stand-in for dotnet on the PATH that notes how it is called.</summary>
public sealed class LauncherTests : IDisposable
{
    private const string StandIn = """
        #!/bin/sh
        echo "$@" >> "$CALLS"
        case $1 in
            build)
                [ -f "$(dirname "$CALLS")/broken" ] && { echo "error: it does not compile"; exit 1; }
                sleep 0.3
                mkdir -p artifacts/bin/Geobuk.Cli/release
                : > artifacts/bin/Geobuk.Cli/release/geobuk.dll ;;
            --list-sdks) [ -f "$(dirname "$CALLS")/runtime-only" ] || echo "10.0.100 [/sdk]" ;;
            *) shift; for argument in "$@"; do echo "<$argument>"; done; exit 7 ;;
        esac
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk 시작 ").FullName;

    public LauncherTests()
    {
        Skip.If(OperatingSystem.IsWindows(), "the script for Windows is geobuk.cmd");
        foreach (var folder in new[] { "저장소/src/X", "bin", "다른 곳" }) Directory.CreateDirectory(At(folder));
        File.Copy(TestPaths.Repository("geobuk"), At("저장소/geobuk"));
        File.WriteAllText(At("저장소/src/X/X.cs"), "");
        foreach (var name in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json" }) File.WriteAllText(At("저장소/" + name), "");
        File.WriteAllText(At("bin/dotnet"), StandIn);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(At("bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [SkippableFact]
    public void Start_FreshClone_BuildsOnceAndPassesArgumentsOn()
    {
        var (code, output, error) = Start("저장소/geobuk", "generate", "--prompt", "두 낱말 \"인용\"", "");

        Assert.Equal(7, code);
        Assert.Equal("<generate>\n<--prompt>\n<두 낱말 \"인용\">\n<>\n", output);
        Assert.Contains("building", error);
        Assert.Equal(1, Builds);
        Assert.Equal("", Start("저장소/geobuk").Error);
        Assert.Equal(1, Builds);
    }

    [SkippableFact]
    public void Start_NewerSource_BuildsAgain()
    {
        Start("저장소/geobuk");
        File.SetLastWriteTimeUtc(At("저장소/src/X/X.cs"), DateTime.UtcNow.AddSeconds(5));

        Start("저장소/geobuk");

        Assert.Equal(2, Builds);
    }

    [SkippableFact]
    public void Start_DeletedSource_BuildsAgain()
    {
        Start("저장소/geobuk");
        File.Delete(At("저장소/src/X/X.cs"));
        Directory.SetLastWriteTimeUtc(At("저장소/src/X"), DateTime.UtcNow.AddSeconds(5));

        Start("저장소/geobuk");

        Assert.Equal(2, Builds);
    }

    [SkippableFact]
    public void Start_ThroughLinksFromElsewhere_FindsItsFolder()
    {
        File.CreateSymbolicLink(At("다른 곳/하나"), "../저장소/geobuk");
        File.CreateSymbolicLink(At("다른 곳/둘"), At("다른 곳/하나"));

        var (code, output, _) = Start("다른 곳/둘", "run");

        Assert.Equal((7, "<run>\n"), (code, output));
    }

    [SkippableFact]
    public void Start_TwoAtOnce_BuildsOnce()
    {
        var starts = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Start("저장소/geobuk", "x"))).ToArray();
        Task.WaitAll(starts);

        Assert.All(starts, start => Assert.Equal("<x>\n", start.Result.Output));
        Assert.Equal(1, Builds);
    }

    [SkippableFact]
    public void Start_FailingBuild_ShowsItAndTriesAgainNextTime()
    {
        File.WriteAllText(At("broken"), "");

        var (code, output, error) = Start("저장소/geobuk");

        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Contains("error: it does not compile", error);
        File.Delete(At("broken"));
        Assert.Equal(7, Start("저장소/geobuk").Code);
        Assert.Equal(2, Builds);
    }

    [SkippableFact]
    public void Start_WithoutSdk_StartsWhatIsBuilt()
    {
        Start("저장소/geobuk");
        File.WriteAllText(At("runtime-only"), "");
        File.SetLastWriteTimeUtc(At("저장소/src/X/X.cs"), DateTime.UtcNow.AddSeconds(5));

        Assert.Equal(7, Start("저장소/geobuk").Code);
        Assert.Equal(1, Builds);
    }

    [SkippableFact]
    public void Start_WithoutDotnet_SaysWhatToInstall()
    {
        File.Delete(At("bin/dotnet"));
        foreach (var tool in new[] { "dirname", "readlink", "find", "head", "mkdir", "cat", "mv" })
            File.CreateSymbolicLink(At("bin/" + tool), File.Exists("/usr/bin/" + tool) ? "/usr/bin/" + tool : "/bin/" + tool);

        var (code, _, error) = Call("저장소/geobuk", At("bin"), []);

        Assert.Equal(1, code);
        Assert.Contains("dotnet is not on the PATH; expected the .NET 10 SDK.", error);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private int Builds => File.ReadAllLines(At("calls")).Count(call => call.StartsWith("build ", StringComparison.Ordinal));

    private (int Code, string Output, string Error) Start(string script, params string[] arguments) => Call(script, $"{At("bin")}:{Environment.GetEnvironmentVariable("PATH")}", arguments);

    private (int Code, string Output, string Error) Call(string script, string path, string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = At("다른 곳") };
        start.Environment["PATH"] = path;
        start.Environment["CALLS"] = At("calls");
        start.ArgumentList.Add(At(script));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private string At(string path) => Path.Combine(_folder, path);
}
