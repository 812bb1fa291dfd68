using System.Runtime.Versioning;
using Geobuk.Compute.Access;
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

        Assert.StartsWith("engine_settings.user: nosuchuser is no user of this machine", Assert.Throws<UserInputException>(() => Of(new() { ["user"] = "nosuchuser" })).Message, StringComparison.Ordinal);
        Assert.StartsWith("engine_settings.user: root is root", Assert.Throws<UserInputException>(() => Of(new() { ["user"] = "root" })).Message, StringComparison.Ordinal);
        Assert.Null(Of([]));
        var closed = Directory.CreateTempSubdirectory("geobuk-closed").FullName;
        Assert.StartsWith($"engine_settings.user: nobody cannot enter {closed}/jobs", Assert.Throws<UserInputException>(() => new ProcessEngine(Path.Combine(closed, "jobs"), () => { }, users: Of(Nobody))).Message, StringComparison.Ordinal);
        Directory.Delete(closed, recursive: true);
    }

    [SkippableFact]
    public void Tenants_WithAccountsOfTheirOwn_DoNotReachEachOther_AndTheirOwnJobsDo()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "only root becomes another, by setpriv");
        var folder = Directory.CreateTempSubdirectory("geobuk-accounts").FullName;
        var shared = Path.Combine(Path.GetTempPath(), $"geobuk-shared-{Guid.NewGuid():N}");
        using (var accounts = ComputeStore.Open(Path.Combine(folder, "accounts.db")))
        using (var service = new TestService(ComputeConfig.Local(4), root => Engine(root, new() { ["uids"] = "70000-70001" }, accounts.Account)))
        {
            ApiKey a = new("a", "mnd/a", Role.Member, "a"), b = new("b", "mnd/b", Role.Member, "b"), c = new("c", "mnd/c", Role.Member, "c");
            var victim = service.Submit("id -u; echo printed secret; echo own > result; test $GEOBUK_WORKER = 0 && echo $$ > one; until test -e one; do sleep 0.05; done; echo up; exec sleep 300", request => request with { Workers = 2 }, a);
            service.Until(victim.Id, _ => service.Log(victim.Id).Split("up").Length == 3);
            Assert.Contains("70000", service.Log(victim.Id), StringComparison.Ordinal);
            Assert.Contains("as user 70000", service.Job(victim.Id).Confinement, StringComparison.Ordinal);
            var job = Path.Combine(service.Folder, "jobs", $"{victim.Id}");
            var pid = File.ReadAllText(Path.Combine(job, "work", "one")).Trim();
            var attack = $"id -u; for f in {job}/log {job}/work/result {job}/1.0/pid /proc/{pid}/environ; do cat $f && echo read; done; ls {job} && echo read; touch {job}/work/x && echo read; ls {service.Folder}/jobs/homes/70000 && echo read; kill -9 {pid} && echo killed; exit 0";

            var thief = service.Submit(attack, by: b);
            service.Until(thief.Id, one => one.IsOver);
            Assert.StartsWith("70001\n", service.Log(thief.Id), StringComparison.Ordinal);
            Assert.DoesNotContain("read\n", service.Log(thief.Id), StringComparison.Ordinal);
            Assert.DoesNotContain("killed\n", service.Log(thief.Id), StringComparison.Ordinal);
            Assert.Equal(JobPhase.Running, service.Job(victim.Id).Phase);

            // The tenant's own next job gets all of it, in a folder that it named, too.
            var next = service.Submit($"cp {job}/work/result . && cat {job}/log && echo home > ~/kept && kill -9 {pid} && echo killed", request => request with { Folder = shared }, a);
            Assert.Equal(JobPhase.Done, service.Until(next.Id, one => one.IsOver).Phase);
            Assert.Contains("printed secret\n", service.Log(next.Id), StringComparison.Ordinal);
            Assert.Contains("killed\n", service.Log(next.Id), StringComparison.Ordinal);
            Assert.Equal(JobPhase.Done, service.Until(service.Submit("cat result ~/kept", request => request with { Folder = shared }, a).Id, one => one.IsOver).Phase);
            Assert.Equal(JobPhase.Failed, service.Until(service.Submit("cat result", request => request with { Folder = shared }, b).Id, one => one.IsOver).Phase);

            var third = service.Until(service.Submit("true", by: c).Id, one => one.IsOver);
            Assert.Equal("could not be started: engine_settings.uids: all numbers from 70000 to 70001 are other tenants'; expected one for mnd/c. An operator makes the range larger.", third.Reason!.ToString());
        }
        // The numbers stay theirs.
        using (var again = ComputeStore.Open(Path.Combine(folder, "accounts.db")))
            Assert.Equal([70001, 70000, 70002], new[] { again.Account("mnd/b", 70000, 70999), again.Account("mnd/a", 70000, 70999), again.Account("mnd/c", 70000, 70999) });
        Directory.Delete(folder, recursive: true);
        Directory.Delete(shared, recursive: true);
    }

    [SkippableTheory]
    [InlineData("70000", "expected two numbers from 1000 on, as 70000-70999.")]
    [InlineData("0-70999", "expected two numbers from 1000 on")]
    [InlineData("70999-70000", "expected two numbers from 1000 on")]
    [InlineData("-1-70000", "expected two numbers from 1000 on")]
    [InlineData("70000-99999999999", "expected two numbers from 1000 on")]
    [InlineData("65000-70000", "nobody (65534) of this machine is among them; expected numbers that nobody has. Choose others.")]
    public void Range_ThatIsNone_OrHoldsSomebody_IsRefused(string range, string expected)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root becomes another");

        Assert.Contains($"engine_settings.uids: {range}", Assert.Throws<UserInputException>(() => Of(new() { ["uids"] = range })).Message, StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Throws<UserInputException>(() => Of(new() { ["uids"] = range })).Message, StringComparison.Ordinal);
        Assert.Contains("beside user: nobody; expected one of the two.", Assert.Throws<UserInputException>(() => Of(new() { ["uids"] = range, ["user"] = "nobody" })).Message, StringComparison.Ordinal);
    }

    private static JobUsers? Of(Dictionary<string, string> settings, Func<string, uint, uint, uint?>? accounts = null) => JobUsers.Of(settings, accounts ?? ((_, _, _) => null));

    private static ProcessEngine Engine(string root) => Engine(root, Nobody, null);

    private static ProcessEngine Engine(string root, Dictionary<string, string> settings, Func<string, uint, uint, uint?>? accounts)
    {
        File.SetUnixFileMode(Path.GetDirectoryName(root)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        return new ProcessEngine(root, () => { }, users: Of(settings, accounts));
    }
}
