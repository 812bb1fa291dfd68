using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Server.Pools;
using Microsoft.Data.Sqlite;

namespace Geobuk.EndToEnd.Tests.Pools;

/// <summary>Who changes a row of the ledger or of the audit log behind the service's back is found out by the commands that an auditor has.</summary>
public sealed class TamperingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-tampering").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Verify_AfterRowsWereChanged_NamesTheFirst()
    {
        using (var pool = Pool())
        {
            for (var i = 0; i < 3; i++) pool.Until(pool.Submit("--", "true")[0], job => job.IsOver);
            var (ledger, audit) = (Verify("usage"), Verify("audit"));
            Assert.Equal((0, 0), (ledger.Code, audit.Code));
            Assert.Matches("ledger: all 3 entries are as they were written; the last has the hash [0-9a-f]{64}", ledger.Error);
            Assert.Matches("audit log: all [0-9]+ entries are as they were written; the last has the hash [0-9a-f]{64}", audit.Error);
            Assert.Contains("submit", audit.Output, StringComparison.Ordinal);
        }
        Change("UPDATE ledger SET entry = replace(entry, '\"busy\":', '\"busy\":1') WHERE sequence = 2; UPDATE audit SET entry = replace(entry, '\"who\":\"operator\"', '\"who\":\"somebody\"') WHERE sequence = (SELECT min(sequence) FROM audit WHERE entry LIKE '%\"submit\"%')");
        var row = Change("SELECT min(sequence) FROM audit WHERE entry LIKE '%\"submit\"%'");
        File.Delete(Path.Combine(_folder, "pool", ComputeServer.ConnectionFile));

        using var again = Pool();

        Assert.Equal((1, "ledger: entry 2 was changed; expected the whole chain as it was written. Compare it with a copy of the database.", ""), Verify("usage"));
        Assert.Equal((1, $"audit log: entry {row} was changed; expected the whole chain as it was written. Compare it with a copy of the database.", ""), Verify("audit"));
    }

    private RunningPool Pool() => new(_folder, """{"pools":[{"name":"local","nodes":[{"name":"this","kind":"cpu","devices":2}]}]}""");

    private (int Code, string Error, string Output) Verify(string verb)
    {
        using var command = new CommandLine(_folder, "compute", verb, "--verify", "--state", "pool");
        return (command.Wait(), command.Error.Trim(), command.Output.Trim());
    }

    private string Change(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "pool", "compute.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is the test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return $"{command.ExecuteScalar()}";
    }
}
