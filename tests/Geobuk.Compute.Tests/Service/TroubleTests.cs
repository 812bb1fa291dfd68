using Geobuk.Compute.Access;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Models;
using Geobuk.Recipes;
using Microsoft.Data.Sqlite;

namespace Geobuk.Compute.Tests.Service;

/// <summary>A database or a disk that gives out under the service: what was taken stays, what cannot be taken is refused in words, and the service lives.</summary>
public sealed class TroubleTests
{
    [Fact]
    public void Database_ThatCannotBeWritten_RefusesChanges_LosesNothing_AndIsReadAnewWhenItCan()
    {
        using var service = new TestService();
        var job = service.Submit("until test -e go; do sleep 0.05; done; echo done");
        service.Until(job.Id, one => one.Phase == JobPhase.Running);
        var waiting = service.Submit("echo later", request => request with { Devices = 2 });
        using (var other = new SqliteConnection($"Data Source={Path.Combine(service.Folder, "compute.db")};Pooling=False"))
        {
            other.Open();
            Run(other, "BEGIN EXCLUSIVE");

            var fault = Assert.Throws<ServiceUnavailableException>(() => service.Submit("true"));
            Assert.StartsWith("the database cannot be used: SQLite Error 5: 'database is locked'. Nothing is started or taken until it can;", fault.Message, StringComparison.Ordinal);
            Assert.Throws<ServiceUnavailableException>(() => service.Service.Cancel(job.Id, TestService.Operator));
            Assert.Throws<ServiceUnavailableException>(() => service.Service.Grant("kim", "mnd", Role.Member, TestService.Operator));
            Assert.Throws<ServiceUnavailableException>(() => service.Service.SetHealth("local", "this", false, TestService.Operator));
            File.WriteAllText(Path.Combine(service.Folder, "jobs", $"{job.Id}", "work", "go"), "");
            service.Service.Tick();
            Assert.Equal(JobPhase.Running, service.Job(job.Id).Phase);
            Run(other, "ROLLBACK");
        }

        Assert.Equal((JobPhase.Done, 1), (service.Until(job.Id, one => one.IsOver).Phase, service.Job(job.Id).Attempt));
        Assert.Equal((JobPhase.Done, 1), (service.Until(waiting.Id, one => one.IsOver).Phase, service.Job(waiting.Id).Attempt));
        Assert.Null(service.Service.Trouble);
        Assert.Equal(3, service.Submit("true").Id);
        Assert.Null(AuditEntry.Defect(service.Service.Audit(TestService.Operator).Reverse()));
    }

    /// <summary>What fails in the middle of a look is as if it had not been looked.</summary>
    [Fact]
    public void Look_ThatCannotBeWrittenDown_StartsNothing()
    {
        using var service = new TestService();
        var job = service.Submit("echo once");
        service.Sql("CREATE TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT RAISE(ABORT, 'disk is full'); END");

        service.Service.Tick();
        Assert.Contains("disk is full", service.Service.Trouble, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(service.Folder, "jobs", $"{job.Id}")));
        service.Sql("DROP TRIGGER full");
        Assert.Equal((JobPhase.Done, 1), (service.Until(job.Id, one => one.IsOver).Phase, service.Job(job.Id).Attempt));
        Assert.Equal("once\n", service.Log(job.Id));
    }

    [Fact]
    public void Database_ThatWasDeleted_TakesNothing()
    {
        using var service = new TestService();
        var (file, away) = (Path.Combine(service.Folder, "compute.db"), Path.Combine(service.Folder, "away.db"));
        File.Move(file, away);

        Assert.Contains("compute.db is not there any more", Assert.Throws<ServiceUnavailableException>(() => service.Submit("true")).Message, StringComparison.Ordinal);
        service.Service.Tick();
        File.Move(away, file);
        while (service.Service.Trouble is not null)
        {
            service.Service.Tick();
            Thread.Sleep(20);
        }
        Assert.Equal(1, service.Submit("true").Id);
    }

    [Fact]
    public void Record_ThatCannotBeRead_IsNamed()
    {
        using var service = new TestService();
        service.Submit("true");
        service.Sql("""UPDATE jobs SET record = '{"id": 1, broken'""");

        Assert.StartsWith("a JobRecord cannot be read: {\"id\": 1, broken (", Assert.Throws<InvalidDataException>(() => service.Restart()).Message, StringComparison.Ordinal);
        service.Sql("DELETE FROM jobs");
        service.Restart();
    }

    /// <summary>A name that is taken by a folder stands for a disk without room.</summary>
    [Fact]
    public void Worker_WithoutRoomForItsExitCode_WaitsForIt()
    {
        using var service = new TestService();
        var (job, blocked) = (service.Submit("echo once"), Path.Combine(service.Folder, "jobs", "1", "1.0", "exit.new"));
        Directory.CreateDirectory(blocked);
        service.Until(job.Id, _ => service.Log(job.Id) == "once\n");
        for (var look = 0; look < 50; look++)
        {
            service.Service.Tick();
            Thread.Sleep(20);
        }
        Assert.Equal(JobPhase.Running, service.Job(job.Id).Phase);

        Directory.Delete(blocked);
        Assert.Equal((JobPhase.Done, 1), (service.Until(job.Id, one => one.IsOver).Phase, service.Job(job.Id).Attempt));
    }

    [Fact]
    public void Worker_WithoutRoomToSayWhoItIs_RunsNothing_AndIsStartedAgain()
    {
        using var service = new TestService();
        var job = service.Submit("echo attempt $GEOBUK_ATTEMPT");
        Directory.CreateDirectory(Path.Combine(service.Folder, "jobs", "1", "1.0", "pid.new", "x"));

        Assert.Equal((JobPhase.Done, 2), (service.Until(job.Id, one => one.IsOver).Phase, service.Job(job.Id).Attempt));
        Assert.Equal("attempt 2\n", service.Log(job.Id));
    }

    /// <summary>A worker that did not come to take its folder holds its devices no longer than a minute.</summary>
    [Fact]
    public void Worker_ThatNeverBegan_IsKeptFromIt_AndStartedAgain()
    {
        using var service = new TestService();
        var job = service.Submit("echo attempt $GEOBUK_ATTEMPT");
        var (script, aside) = (Path.Combine(service.Folder, "jobs", "worker.sh"), Path.Combine(service.Folder, "aside"));
        File.Move(script, aside);
        service.Service.Tick();
        // A busy machine gets to it late: whoever is to run it has looked for it by then.
        Assert.True(SpinWait.SpinUntil(() => !IsNamedByAProcess(script), TimeSpan.FromSeconds(60)));
        File.Move(aside, script);
        Assert.Equal(JobPhase.Running, service.Job(job.Id).Phase);
        Directory.SetLastWriteTimeUtc(Path.Combine(service.Folder, "jobs", "1", "1.0"), DateTime.UtcNow.AddMinutes(-2));

        Assert.Equal((JobPhase.Done, 2), (service.Until(job.Id, one => one.IsOver).Phase, service.Job(job.Id).Attempt));
        Assert.Equal("attempt 2\n", service.Log(job.Id));
    }

    private static bool IsNamedByAProcess(string file) => Directory.EnumerateDirectories("/proc").Any(process =>
    {
        try
        {
            return char.IsAsciiDigit(Path.GetFileName(process)[0]) && File.ReadAllText(Path.Combine(process, "cmdline")).Contains(file, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    });

    /// <summary>A file where the job's folder should be stands for a disk without room, or a folder that may not be written.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Job_WithoutRoomForItsFolder_WaitsForIt_OrIsCancelled(bool cancelled)
    {
        using var service = new TestService();
        var (job, folder) = (service.Submit("echo once"), Path.Combine(service.Folder, "jobs", "1"));
        File.WriteAllText(folder, "");

        service.Until(job.Id, one => one.Reason?.ToString().StartsWith("could not be started, is tried again: ", StringComparison.Ordinal) == true);
        for (var look = 0; look < 50; look++)
        {
            service.Service.Tick();
            Thread.Sleep(20);
        }
        Assert.Equal((JobPhase.Running, 1), (service.Job(job.Id).Phase, service.Job(job.Id).Attempt));
        if (cancelled) service.Service.Cancel(job.Id, TestService.Operator);
        File.Delete(folder);

        Assert.Equal(cancelled ? (JobPhase.Cancelled, 1) : (JobPhase.Done, 2), (service.Until(job.Id, one => one.IsOver).Phase, service.Job(job.Id).Attempt));
        Assert.Equal(cancelled ? "" : "once\n", service.Log(job.Id));
    }

    [Fact]
    public void Engine_ThatMissesAProgram_FailsItsJob_AndTheServiceLives()
    {
        using var service = new TestService(engine: root => new EngineWithoutItsProgram(root));

        var job = service.Until(service.Submit("true").Id, one => one.IsOver);

        Assert.Equal((JobPhase.Failed, "could not be started: ssh: not there; expected the program. Install it."), (job.Phase, job.Reason?.ToString()));
        Assert.Equal(2, service.Submit("true").Id);
    }

    private sealed class EngineWithoutItsProgram(string root) : IComputeEngine
    {
        public void Start(EngineJob job) => throw new UserInputException("ssh: not there; expected the program. Install it.");

        public EngineStatus Status(EngineJob job) => new(EngineState.Lost);

        public bool Fence(EngineJob job) => true;

        public void AskToLeave(EngineJob job) { }

        public void Kill(EngineJob job) { }

        public string LogFile(long job) => Path.Combine(root, $"{job}");

        public Idleness? Idleness(EngineJob job) => null;

        public CheckpointReport? Report(EngineJob job) => null;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is a test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
