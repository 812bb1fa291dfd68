using Geobuk.Compute.Accounting;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Models;
using Npgsql;

namespace Geobuk.Compute.Tests.Service;

public sealed class PostgresTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [SkippableFact]
    public void Service_OnPostgres_KeepsJobsLedgerAuditAndKeysThroughRestarts()
    {
        using var service = new TestService(database: Fresh("restarts"));
        var jobs = Enumerable.Range(0, 12).Select(i => service.Submit($"echo 작업 $GEOBUK_JOB; sleep 0.0{i % 4}", request => request with { Name = "훈련 訓練 １" })).ToList();

        for (var i = 0; i < 400 && jobs.Any(job => !service.Job(job.Id).IsOver); i++)
        {
            service.Service.Tick();
            if (i % 5 == 4) service.Restart();
            Thread.Sleep(20);
        }

        Assert.All(jobs, job => Assert.Equal(JobPhase.Done, service.Job(job.Id).Phase));
        Assert.All(jobs, job => Assert.Equal($"작업 {job.Id}\n", service.Log(job.Id)));
        Assert.Equal("훈련 訓練 １", service.Job(1).Request.Name);
        Assert.Null(LedgerEntry.Defect(service.Store.Ledger()));
        Assert.Equal(12, service.Service.Audit(TestService.Operator).Count(entry => entry.Action == "submit"));
    }

    [SkippableFact]
    public async Task Servers_TwoOnOneDatabase_TheSecondWaitsAndTakesOver()
    {
        var database = Fresh("two");
        var first = new TestService(database: database);
        var job = first.Submit("echo once; while [ ! -e go ]; do sleep 0.05; done");
        first.Until(job.Id, _ => first.Log(job.Id).Length > 0);
        using var told = new ManualResetEventSlim();
        var second = Task.Run(() => ComputeStore.Open(database, told.Set));
        Assert.True(told.Wait(TimeSpan.FromMinutes(1)), "the second server was not told to wait");
        Assert.False(second.IsCompleted);

        // What a server that dies leaves: its connection ends, its jobs do not.
        first.Store.Dispose();
        using var store = await second;
        using var service = new ComputeService(ComputeConfig.Local(2), store, _ => new ProcessEngine(Path.Combine(first.Folder, "jobs"), () => { }));
        File.WriteAllText(Path.Combine(first.Folder, "jobs", "1", "work", "go"), "");
        for (var i = 0; i < 1000 && !service.Visible(job.Id, TestService.Operator).IsOver; i++)
        {
            service.Tick();
            Thread.Sleep(20);
        }

        Assert.Equal((JobPhase.Done, 1), (service.Visible(job.Id, TestService.Operator).Phase, service.Visible(job.Id, TestService.Operator).Attempt));
        Assert.Equal("once\n", File.ReadAllText(service.LogFile(job.Id, TestService.Operator)));
        Directory.Delete(first.Folder, recursive: true);
    }

    [SkippableFact]
    public void Connection_OfAMachineThatIsGone_EndsAfterHalfAMinute()
    {
        using var connection = ComputeStore.ConnectionTo(Fresh("gone") + ";Options=-c statement_timeout=60000");
        connection.Open();
        string Setting(string name)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT current_setting(@name)";
            command.Parameters.Add(new NpgsqlParameter("name", name));
            return (string)command.ExecuteScalar()!;
        }

        Assert.Equal(["10", "5", "4", "1min"], new[] { "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "statement_timeout" }.Select(Setting));
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Username=x;Timeout=2", "--database: ")]
    [InlineData("Host=127.0.0.1;Colour=blue", "Expected a PostgreSQL connection string like Host=…;Database=…")]
    public void Open_WrongConnectionString_SaysWhatIsExpected(string database, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserInputException>(() => ComputeStore.Open(database)).Message, StringComparison.Ordinal);

    /// <summary>A database of its own for a test.</summary>
    private string Fresh(string name)
    {
        Skip.If(server.Database is null, "PostgreSQL is not installed here");
        using var connection = new NpgsqlConnection(server.Database + ";Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The name is a test's own.
        command.CommandText = $"CREATE DATABASE {name}";
#pragma warning restore CA2100
        command.ExecuteNonQuery();
        return server.Database!.Replace("Database=postgres", $"Database={name}", StringComparison.Ordinal);
    }
}
