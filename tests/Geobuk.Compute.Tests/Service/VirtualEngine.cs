using Geobuk.Compute.Engines;
using Geobuk.Recipes;

namespace Geobuk.Compute.Tests.Service;

/// <summary>Jobs that sleep for as long as they say, by the virtual clock, and leave at once when they are asked, some without having saved; some fail in the end.</summary>
internal sealed class VirtualEngine(VirtualTime time) : IComputeEngine
{
    private readonly Dictionary<long, double> _left = [];
    private readonly Dictionary<(long, int), (double Since, bool Asked)> _runs = [];

    public void Start(EngineJob job)
    {
        _left.TryAdd(job.Id, double.Parse(job.Command[1], System.Globalization.CultureInfo.InvariantCulture));
        _runs[(job.Id, job.Attempt)] = (time.Seconds, false);
    }

    public EngineStatus Status(EngineJob job)
    {
        var (since, asked) = _runs[(job.Id, job.Attempt)];
        if (time.Seconds - since >= _left[job.Id]) return new EngineStatus(EngineState.Exited, job.Command.Contains("fail") ? 1 : 0);
        if (!asked) return new EngineStatus(EngineState.Running);
        if (job.Command.Contains("fail") || job.Command.Contains("lose")) return new EngineStatus(EngineState.Exited, 143);
        _left[job.Id] -= time.Seconds - since;
        return new EngineStatus(EngineState.Exited, EngineStatus.Requeue);
    }

    public bool Fence(EngineJob job) => !_runs.ContainsKey((job.Id, job.Attempt));

    public void AskToLeave(EngineJob job) => _runs[(job.Id, job.Attempt)] = _runs[(job.Id, job.Attempt)] with { Asked = true };

    public void Kill(EngineJob job) => AskToLeave(job);

    public string LogFile(long job) => Path.Combine(Path.GetTempPath(), $"geobuk-virtual-{job}");

    public Idleness? Idleness(EngineJob job) => null;

    public CheckpointReport? Report(EngineJob job) => null;
}
