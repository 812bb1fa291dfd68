using System.Runtime.Versioning;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tests.Service;
using Geobuk.Models;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>Jobs of a local pool as another user: they run, checkpoint and report as ever, and do not read what is the service's.</summary>
[SupportedOSPlatform("linux")]
public sealed class JobUserTests
{
    private static readonly Dictionary<string, string> Nobody = new() { ["user"] = "nobody" };

    [SkippableFact]
    public void Job_AsAnotherUser_ReadsNothingOfTheServices_AndLosesNothingOfItsOwn()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "only root becomes another, by setpriv");
        using var service = new TestService(ComputeConfig.Local(1), Engine);
        var key = Path.Combine(service.Folder, "key");
        File.WriteAllText(key, "secret");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var curious = service.Submit($"id -un; echo $HOME; cat {key}; echo own > result; touch $(dirname $GEOBUK_LOG)/planted; mv $(dirname $GEOBUK_LOG)/1.0 elsewhere; ln -s {key} $GEOBUK_REPORT; sleep 3; exit 3");
        Assert.Equal((JobPhase.Failed, 3), (service.Until(curious.Id, job => job.IsOver).Phase, service.Job(curious.Id).ExitCode));
        var printed = service.Log(curious.Id).Split('\n');
        Assert.Equal(["nobody", "/nonexistent"], printed[..2]);
        Assert.Equal(3, printed.Count(line => line.Contains("Permission denied", StringComparison.Ordinal)));
        Assert.DoesNotContain("secret", service.Log(curious.Id) + service.Job(curious.Id), StringComparison.Ordinal);
        Assert.Contains("as user nobody", service.Job(curious.Id).Confinement, StringComparison.Ordinal);
        using (var file = service.Service.Files(curious.Id, TestService.Operator).Open("result")) Assert.Equal("own\n", new StreamReader(file!).ReadToEnd());

        var trained = service.Submit("""trap 'echo left; exit 75' TERM; echo '{"saved_at": 5, "step_seconds": 0.5}' > $GEOBUK_REPORT.new && mv $GEOBUK_REPORT.new $GEOBUK_REPORT; echo up; test $GEOBUK_ATTEMPT = 2 && exit 0; while :; do sleep 0.05; done""", request => request with { Preemptible = true, Priority = 10 });
        service.Until(trained.Id, job => job.Checkpoints is { StepSeconds: 0.5 });
        var urgent = service.Submit("true", request => request with { Priority = 90 });
        Assert.Equal(JobPhase.Done, service.Until(urgent.Id, job => job.IsOver).Phase);
        Assert.Equal((JobPhase.Done, 2), (service.Until(trained.Id, job => job.IsOver).Phase, service.Job(trained.Id).Attempt));
        Assert.Equal("up\nleft\nup\n", service.Log(trained.Id));
    }

    [SkippableFact]
    public void User_WhoIsNotThere_IsRoot_OrCannotReachItsFolders_IsRefused()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "only root becomes another, by setpriv");

        Assert.StartsWith("engine_settings.user: nosuchuser is no user of this machine", Assert.Throws<UserInputException>(() => JobUser.Of(new Dictionary<string, string> { ["user"] = "nosuchuser" })).Message, StringComparison.Ordinal);
        Assert.StartsWith("engine_settings.user: root is root", Assert.Throws<UserInputException>(() => JobUser.Of(new Dictionary<string, string> { ["user"] = "root" })).Message, StringComparison.Ordinal);
        Assert.Null(JobUser.Of(new Dictionary<string, string>()));
        var closed = Directory.CreateTempSubdirectory("geobuk-closed").FullName;
        Assert.StartsWith($"engine_settings.user: nobody cannot enter {closed}/jobs", Assert.Throws<UserInputException>(() => new ProcessEngine(Path.Combine(closed, "jobs"), () => { }, user: JobUser.Of(Nobody))).Message, StringComparison.Ordinal);
        Directory.Delete(closed, recursive: true);
    }

    private static ProcessEngine Engine(string root)
    {
        File.SetUnixFileMode(Path.GetDirectoryName(root)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        return new ProcessEngine(root, () => { }, user: JobUser.Of(Nobody));
    }
}
