using Geobuk.Cli.Pools;
using Geobuk.Compute.Jobs;
using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Server.Pools;

namespace Geobuk.EndToEnd.Tests.Pools;

/// <summary>A started <c>geobuk compute up</c> with its state in the folder pool below a working directory.</summary>
internal sealed class RunningPool : IDisposable
{
    private readonly string _folder;
    private readonly bool _realSteps;
    private readonly CommandLine _service;
    private readonly ComputeClient _client;

    /// <param name="folder">The working directory.</param>
    /// <param name="config">Pools and tenants in JSON.</param>
    /// <param name="realSteps">Whether its jobs do the real steps.</param>
    /// <param name="arguments">More of the command line.</param>
    public RunningPool(string folder, string config, bool realSteps = false, params string[] arguments)
    {
        (_folder, _realSteps) = (folder, realSteps);
        File.WriteAllText(Path.Combine(folder, "pools.json"), config);
        _service = Start(["compute", "up", "--config", "pools.json", "--state", "pool", .. arguments.Contains("--urls") ? arguments : ["--urls", "http://127.0.0.1:0", .. arguments]]);
        CommandLine.Until(() => File.Exists(Path.Combine(folder, "pool", ComputeServer.ConnectionFile)) || _service.Process.HasExited, () => _service.Error);
        Assert.False(_service.Process.HasExited, _service.Error);
        _client = ComputeClient.Connect(Path.Combine(folder, "pool"));
    }

    /// <summary>Submits with the command line, as a user does, and gives the jobs.</summary>
    public IReadOnlyList<long> Submit(params string[] arguments)
    {
        using var submit = Start(["compute", "submit", "--state", "pool", "--json", .. arguments]);
        Assert.True(submit.Wait() == 0, submit.Error);
        return [.. System.Text.Json.Nodes.JsonNode.Parse(submit.Output)!["jobs"]!.AsArray().Select(job => (long)job!)];
    }

    /// <summary>Submits over the API, which takes no program of its own to start.</summary>
    public long Submit(JobRequest request) => _client.AskAsync<JobRecord>(HttpMethod.Post, "jobs", request, CancellationToken.None).GetAwaiter().GetResult().Id;

    public JobRecord Job(long id) => _client.AskAsync<Answer>(HttpMethod.Get, $"jobs/{id}", null, CancellationToken.None).GetAwaiter().GetResult().Job;

    public string Log(long id) => _client.LogAsync(id, 0, CancellationToken.None).GetAwaiter().GetResult().Text;

    /// <summary>Waits until a job is as it should be.</summary>
    public JobRecord Until(long id, Func<JobRecord, bool> condition)
    {
        var job = Job(id);
        CommandLine.Until(() => condition(job = Job(id)), () => $"job {id} is {job.Phase} ({job.Reason}); its log: {Log(id)}\nthe service: {_service.Error}", minutes: 3);
        return job;
    }

    /// <summary>Jobs outlive the service, and hold what it printed to open: where a test left some, as one that failed, they end first.</summary>
    public void Dispose()
    {
        foreach (var job in _client.JobsAsync(CancellationToken.None).GetAwaiter().GetResult().Where(job => !job.IsOver))
        {
            _client.AskAsync<JobRecord>(HttpMethod.Delete, $"jobs/{job.Id}", null, CancellationToken.None).GetAwaiter().GetResult();
            Until(job.Id, one => one.IsOver);
        }
        _client.Dispose();
        _service.Signal("TERM");
        _service.Wait();
        _service.Dispose();
    }

    private CommandLine Start(params string[] arguments) => _realSteps ? CommandLine.Real(_folder, arguments) : new CommandLine(_folder, arguments);

    private sealed record Answer(JobRecord Job);
}
