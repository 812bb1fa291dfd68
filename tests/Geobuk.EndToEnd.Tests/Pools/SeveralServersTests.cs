using System.Diagnostics;
using Geobuk.Cli.Pools;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Tests.Service;
using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Server.Pools;
using Npgsql;
using Xunit.Abstractions;

namespace Geobuk.EndToEnd.Tests.Pools;

/// <summary>Several servers on one PostgreSQL and one folder: one works, and when it is gone in whatever way, another does.</summary>
public sealed class SeveralServersTests(PostgresServer postgres, ITestOutputHelper log) : IClassFixture<PostgresServer>, IDisposable
{
    private const string Waits = "another server works on it", Listens = "listening on";

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-servers").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Server_Killed_OrCutOffFromItsDatabase_IsFollowedByAnother_AndNothingRunsTwice()
    {
        Skip.If(postgres.Database is null, "PostgreSQL is not installed here");
        File.WriteAllText(Path.Combine(_folder, "pools.json"), """{"pools":[{"name":"local","nodes":[{"name":"this","kind":"cpu","devices":3}]}]}""");
        using var first = Up();
        first.WaitFor(Listens);
        using var second = Up();
        second.WaitFor(Waits);
        using var third = Up();
        third.WaitFor(Waits);
        var ran = Path.Combine(_folder, "ran");
        var holding = Submit($"echo start; while [ ! -e '{_folder}/go' ]; do sleep 0.05; done; echo end");
        var jobs = Enumerable.Range(0, 40).Select(_ => Submit($"echo $GEOBUK_JOB >> '{ran}'; sleep 0.2")).ToList();
        CommandLine.Until(() => File.Exists(ran) && File.ReadAllLines(ran).Length > 4, () => first.Error);

        // Without a word, in the middle of starting jobs.
        var clock = Stopwatch.StartNew();
        first.Signal("KILL");
        CommandLine.Until(() => second.Error.Contains(Listens, StringComparison.Ordinal) || third.Error.Contains(Listens, StringComparison.Ordinal), () => second.Error + third.Error);
        log.WriteLine($"after a kill another server listens after {clock.Elapsed.TotalSeconds:0.0} s");
        var (next, last) = second.Error.Contains(Listens, StringComparison.Ordinal) ? (second, third) : (third, second);
        Assert.DoesNotContain(Listens, last.Error, StringComparison.Ordinal);
        var before = File.ReadAllLines(ran).Length;
        CommandLine.Until(() => File.ReadAllLines(ran).Length > before + 4, () => next.Error);

        // Alive, but its connection is not: the database has given its place away.
        clock.Restart();
        Terminate();
        last.WaitFor(Listens);
        log.WriteLine($"after a connection that was cut another server listens after {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.Equal(2, next.Wait());
        Assert.Contains("--database: ", next.Error, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "go"), "");
        foreach (var job in jobs.Append(holding)) CommandLine.Until(() => Job(job).IsOver, () => last.Error, minutes: 2);

        Assert.All(jobs.Append(holding), job => Assert.Equal(JobPhase.Done, Job(job).Phase));
        Assert.Equal((1, "start\nend\n"), (Job(holding).Attempt, Log(holding)));
        Assert.Equal(jobs.Order(), File.ReadAllLines(ran).Select(long.Parse).Order());
        Assert.Null(LedgerEntry.Defect(Client(client => client.AskAsync<Usage>(HttpMethod.Get, "usage", null, CancellationToken.None)).Entries));
        last.Signal("TERM");
        Assert.Equal(0, last.Wait());
    }

    private CommandLine Up() => new(_folder, "compute", "up", "--config", "pools.json", "--state", "pool", "--urls", "http://127.0.0.1:0", "--database", postgres.Database!);

    private long Submit(string script) => Client(client => client.AskAsync<JobRecord>(HttpMethod.Post, "jobs", new JobRequest { Command = ["sh", "-c", script] }, CancellationToken.None)).Id;

    private JobRecord Job(long id) => Client(client => client.AskAsync<Answer>(HttpMethod.Get, $"jobs/{id}", null, CancellationToken.None)).Job;

    private string Log(long id) => Client(client => client.LogAsync(id, 0, CancellationToken.None)).Text;

    private T Client<T>(Func<ComputeClient, Task<T>> ask)
    {
        using var client = ComputeClient.Connect(Path.Combine(_folder, "pool"));
        return ask(client).GetAwaiter().GetResult();
    }

    /// <summary>Ends the connection of whoever has its turn.</summary>
    private void Terminate()
    {
        using var connection = new NpgsqlConnection(postgres.Database + ";Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted";
        Assert.Equal(1L, command.ExecuteScalar());
    }

    private sealed record Answer(JobRecord Job);

    private sealed record Usage(IReadOnlyList<LedgerEntry> Entries);
}
