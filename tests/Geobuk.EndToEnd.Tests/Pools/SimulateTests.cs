using System.Globalization;
using System.IO.Compression;
using System.Text;
using Geobuk.Compute.Jobs;
using Geobuk.EndToEnd.Tests.Runs;

namespace Geobuk.EndToEnd.Tests.Pools;

/// <summary><c>geobuk compute simulate</c> as it is typed.</summary>
public sealed class SimulateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("geobuk-simulate");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Simulate_PackedTrace_TakesItsProcessors_AndComparesAChangeOnADay()
    {
        Write("jobs.swf.gz", "; UnixStartTime: 1796029200\n; MaxProcs: 16\n" + string.Concat(Enumerable.Range(0, 4).Select(i => $"{i} {10 * i} -1 7200 8 -1 -1 8 -1 -1 1 {i % 2} 1 1 1 1 -1 -1\n")) + "9 50 -1 10 32 -1 -1 32 -1 -1 1 0 1 1 1 1 -1 -1\n");

        using var plain = Run("--policy", "easy", "--csv", "--svg", "use.svg");
        Assert.Equal(0, plain.Wait());
        Assert.Contains("--pool 16, as the header of the trace says", plain.Error, StringComparison.Ordinal);
        Assert.Contains("easy on 16: 1 job could never start there and was left out; the first: 32 devices for a worker; the largest node has 16", plain.Error, StringComparison.Ordinal);
        Assert.StartsWith("16,", plain.Output.Split('\n')[1], StringComparison.Ordinal);
        Assert.Contains(",easy,4,", plain.Output.Split('\n')[1], StringComparison.Ordinal);
        Assert.StartsWith("<svg", File.ReadAllText(Path.Combine(_folder.FullName, "use.svg")), StringComparison.Ordinal);

        // The trace begins at nine of 2026-11-30; from ten on there is half of it.
        using var change = Run("--policy", "easy", "--pool", "16", "16,2026-11-30T10:00=8", "--by", "tenant", "--json");
        Assert.Equal(0, change.Wait());
        var results = System.Text.Json.Nodes.JsonNode.Parse(change.Output)!["results"]!.AsArray();
        Assert.Equal([0, 1], results.Select(result => (int)result!["preemptions"]!));
        Assert.Equal(["0", "1"], results[0]!["tenants"]!.AsArray().Select(tenant => (string)tenant!["tenant"]!));
    }

    [Fact]
    public void Journal_OfARunningService_IsReplayedOnItsOwnPools_AndOnLess()
    {
        using var pool = new RunningPool(_folder.FullName, """{ "pools": [ { "name": "telco", "nodes": [ { "name": "n1", "kind": "cpu", "devices": 1 }, { "name": "n2", "kind": "cpu", "devices": 1 } ] } ] }""");
        var over = pool.Submit(new JobRequest { Command = ["sleep", "1"] });
        long[] open = [.. Enumerable.Range(0, 2).Select(i => pool.Submit(new JobRequest { Command = ["sleep", "3000"], Name = $"long {i}", Preemptible = true, EstimateSeconds = 5000 }))];
        pool.Until(over, job => job.IsOver);
        foreach (var resume in new string[][] { [], ["--resume"] })
        {
            using var drain = CommandLine.Real(_folder.FullName, ["compute", "drain", "telco/n2", "--state", "pool", .. resume]);
            Assert.Equal(0, drain.Wait());
        }

        using var journal = CommandLine.Real(_folder.FullName, "compute", "journal", "--out", "journal.jsonl", "--state", "pool");
        Assert.Equal(0, journal.Wait());
        Assert.Equal("1 job that is over and 2 that are not written to journal.jsonl", journal.Output.Trim());
        // Jobs outlive the service.
        foreach (var job in open)
        {
            using var cancel = CommandLine.Real(_folder.FullName, "compute", "cancel", $"{job}", "--state", "pool");
            Assert.Equal(0, cancel.Wait());
            pool.Until(job, ended => ended.IsOver);
        }
        using var replay = CommandLine.Real(_folder.FullName, "compute", "simulate", "--trace", "journal.jsonl", "--format", "journal", "--pool", "pools.json", "pools.json,+1000s=telco:1", "--policy", "easy", "--json");
        Assert.Equal(0, replay.Wait());

        Assert.Contains("journal.jsonl: 2 jobs were not over when it was written", replay.Error, StringComparison.Ordinal);
        var results = System.Text.Json.Nodes.JsonNode.Parse(replay.Output)!["results"]!.AsArray();
        Assert.Equal([(3, 0), (3, 1)], results.Select(result => ((int)result!["jobs"]!, (int)result["preemptions"]!)));
        Assert.Contains("\"drain\":\"telco/n2\"", File.ReadAllText(Path.Combine(_folder.FullName, "journal.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void Simulate_Interrupted_EndsWithoutAResult()
    {
        var text = new StringBuilder("; MaxProcs: 64\n");
        // Twice as much as there is: the queue grows for as long as it runs.
        for (var i = 0; i < 400_000; i++) text.Append(CultureInfo.InvariantCulture, $"{i} {i} -1 {50 + (i % 90)} {1 + (i % 3)} -1 -1 1 200 -1 1 1 1 1 1 1 -1 -1\n");
        Write("jobs.swf.gz", text.ToString());

        using var run = Run("--policy", "easy");
        run.WaitFor("easy on 64: replaying");
        run.Signal("INT");

        Assert.Equal((130, ""), (run.Wait(), run.Output));
        Assert.EndsWith("interrupted\n", run.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private void Write(string name, string text)
    {
        using var packed = new GZipStream(File.Create(Path.Combine(_folder.FullName, name)), CompressionLevel.Fastest);
        packed.Write(Encoding.UTF8.GetBytes(text));
    }

    private CommandLine Run(params string[] arguments) => CommandLine.Real(_folder.FullName, ["compute", "simulate", "--trace", "jobs.swf.gz", "--format", "swf", .. arguments]);
}
