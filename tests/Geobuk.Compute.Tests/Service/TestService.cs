using Geobuk.Compute.Access;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tests.Engines;

namespace Geobuk.Compute.Tests.Service;

/// <summary>A service on a folder of its own, with real processes; it can be dropped and brought back.</summary>
internal sealed class TestService : IDisposable
{
    public static readonly ApiKey Operator = new("operator", "local", Role.Operator, "");

    private readonly TimeProvider? _time;
    private ComputeConfig _config;
    private readonly Func<string, IComputeEngine> _engine;
    private ComputeStore _store = null!;
    private IComputeEngine? _engineNow;

    private readonly string? _database;

    public TestService(ComputeConfig? config = null, Func<string, IComputeEngine>? engine = null, TimeProvider? time = null, string? database = null)
    {
        _database = database;
        _time = time;
        _engine = engine ?? (root => new ProcessEngine(root, () => { }));
        _config = (config ?? ComputeConfig.Local(2)) with { MinRunSeconds = 0 };
        Folder = Directory.CreateTempSubdirectory("geobuk-compute").FullName;
        Restart();
    }

    public string Folder { get; }

    public ComputeService Service { get; private set; } = null!;

    public ComputeStore Store => _store;

    public void Restart(ComputeConfig? config = null)
    {
        _config = config ?? _config;
        _store?.Dispose();
        (_engineNow as IDisposable)?.Dispose();
        _store = ComputeStore.Open(_database ?? Path.Combine(Folder, "compute.db"));
        var engine = _engineNow = _engine(Path.Combine(Folder, "jobs"));
        Service = new ComputeService(_config, _store, _ => engine, _time);
    }

    /// <summary>Does something to the database behind the service's back, and gives the first value.</summary>
    public string Sql(string text)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(Folder, "compute.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is a test's own.
        command.CommandText = text;
#pragma warning restore CA2100
        return $"{command.ExecuteScalar()}";
    }

    public JobRecord Submit(string script, Func<JobRequest, JobRequest>? with = null, ApiKey? by = null)
    {
        var request = new JobRequest { Command = ["sh", "-c", script] };
        return Service.Submit(with is null ? request : with(request), by ?? Operator);
    }

    public JobRecord Job(long id) => Service.Visible(id, Operator);

    /// <summary>What the job printed, without what shells and Slurm say about what they ended.</summary>
    public string Log(long id) => !File.Exists(Service.LogFile(id, Operator)) ? ""
        : string.Concat(File.ReadAllText(Service.LogFile(id, Operator)).Split('\n').Where(line => line.Length > 0 && line is not ("Terminated" or "Killed") && !line.StartsWith("slurmstepd-", StringComparison.Ordinal)).Select(line => line + "\n"));

    public JobRecord Until(long id, Func<JobRecord, bool> condition, double seconds = 120)
    {
        var end = DateTime.UtcNow.AddSeconds(seconds);
        while (DateTime.UtcNow < end)
        {
            Service.Tick();
            if (condition(Job(id))) return Job(id);
            Thread.Sleep(20);
        }
        Assert.Fail($"job {id} is {Job(id).Phase} ({Job(id).Reason}); its log: {Log(id)}");
        return Job(id);
    }

    public void Dispose()
    {
        foreach (var job in Service.List(Operator).Where(job => !job.IsOver)) Service.Cancel(job.Id, Operator);
        for (var i = 0; i < 100 && Service.List(Operator).Any(job => !job.IsOver); i++)
        {
            Service.Tick();
            Thread.Sleep(20);
        }
        // Who would not leave in that time is not waited for.
        JobProcesses.Kill(Folder);
        _store.Dispose();
        (_engineNow as IDisposable)?.Dispose();
        // What a test left running, as one whose pool vanished, may still write there.
        for (var tries = 0; ; tries++)
        {
            try
            {
                Directory.Delete(Folder, recursive: true);
                return;
            }
            catch (IOException) when (tries < 100)
            {
                Thread.Sleep(100);
            }
        }
    }
}
