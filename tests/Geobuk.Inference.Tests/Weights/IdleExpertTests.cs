using Geobuk.Models.Quantization;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests.Weights;

/// <summary>Experts that no token was routed to stay on the disk: their pages are no memory of the process.</summary>
public sealed class IdleExpertTests : IDisposable
{
    private const int Experts = 32;
    private const int Width = 1024;

    private readonly TinyModel _tiny = new(TinyCheckpoint.Shapes["axk1"] with
    {
        LayerCount = 2,
        HiddenSize = 256,
        Mixture = TinyCheckpoint.Shapes["axk1"].Mixture! with { RoutedExperts = Experts, SharedExperts = 0, ExpertsPerToken = 1, IntermediateSize = Width },
    });

    private string? _file;

    public void Dispose()
    {
        _tiny.Dispose();
        if (_file is not null) File.Delete(_file);
    }

    [SkippableFact]
    public void Prefill_OneToken_LeavesThePagesOfIdleExpertsAlone()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/proc tells what is resident on Linux only");
        _file = GgufCopy.Write(_tiny.Folder, GgmlType.F32);
        using var model = InferenceModel.Load(_file, new InferenceOptions { Threads = 2, Repack = false });
        var opened = Resident(_file);
        Skip.If(opened is null, "the file's mapping is not listed here");
        using var engine = new Engine(model);
        using var cache = engine.CreateCache();
        // A megabyte for each of an expert's three matrices.
        var experts = 3L * Experts * Width * _tiny.Config.HiddenSize * sizeof(float);
        var others = model.FileBytes - experts;

        engine.Prefill(cache, [5], (_, _) => { });
        var one = Resident(_file)!.Value;
        engine.Prefill(cache, [.. Enumerable.Range(0, _tiny.Config.VocabularySize)], (_, _) => { });
        var many = Resident(_file)!.Value;

        Assert.InRange(opened!.Value, 0, others + experts / 8);
        // One expert of 32, and what the system maps around a page that is read: at most a few times as much.
        Assert.InRange(one, experts / Experts, others + experts / 4);
        Assert.InRange(many, others + experts / 2, model.FileBytes + (1 << 20));
    }

    /// <summary>Resident bytes of the mappings of a file; null where none is listed.</summary>
    private static long? Resident(string file)
    {
        const string smaps = "/proc/self/smaps";
        if (!File.Exists(smaps)) return null;
        long? bytes = null;
        var own = false;
        foreach (var line in File.ReadLines(smaps))
        {
            // A mapping's first line has its addresses and ends with its file; key and value follow.
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':')) own = line.EndsWith(file, StringComparison.Ordinal);
            else if (own && words[0] == "Rss:") bytes = (bytes ?? 0) + long.Parse(words[1]) * 1024;
        }
        return bytes;
    }
}
