using Geobuk.Recipes;
using Geobuk.Training.Checkpoints;
using Geobuk.Training.Native;
using TorchSharp;
using AdamW = Geobuk.Training.Optimization.AdamW;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Checkpoints;

public sealed class TrainingCheckpointsTests : IDisposable
{
    // More than two pieces of those that a state is read in, the last one smaller.
    private const int Rows = 2_111, Columns = 4_001;

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-states-").FullName;

    public TrainingCheckpointsTests() => TorchRuntime.Start(new TorchOptions());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>
    /// The masters of a large vocabulary are more than the 2 GiB that one array of bytes holds. With GEOBUK_LARGE set a file of such a
    /// size is restored, which takes 10 GB of memory.
    /// </summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Restore_OfAStateOfManyPieces_GivesEveryValueBack(bool large)
    {
        Skip.If(large && Environment.GetEnvironmentVariable("GEOBUK_LARGE") is null, "set GEOBUK_LARGE to restore a state of 6.6 GB");
        var rows = large ? 137_000 : Rows;
        using var weights = nn.Parameter(arange(rows, float32).remainder(97).unsqueeze(1) * 64 + arange(Columns, float32).remainder(61));
        using var optimizer = new AdamW(new TrainConfig(), [("w", weights)]);
        var inputs = new Dictionary<string, string>();
        var checkpoints = new TrainingCheckpoints(_folder, keep: 1);
        checkpoints.Save(new TrainingState { Step = 3, Tokens = 4, Seconds = 5, MetricsBytes = 6, Inputs = inputs }, optimizer);
        using (no_grad())
            foreach (var (_, tensor) in optimizer.State()) tensor.fill_(-1);

        // The digest over all values is compared, too.
        Assert.Equal(3, checkpoints.Restore(optimizer, inputs)!.Step);
        Assert.Equal((rows - 1) % 97 * 64 + (Columns - 1) % 61, weights[rows - 1, Columns - 1].item<float>());
    }
}
