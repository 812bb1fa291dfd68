using Geobuk.Recipes;
using Geobuk.Training.DataParallel;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests;

public sealed class TrainingDataTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private static readonly TrainConfig s_config = new() { SequenceLength = 48, MicroBatch = 4, GradientAccumulation = 2, ReplayDistillation = true };

    [Fact]
    public void Batches_ReplayDistillation_GiveTheTeacherTheReplayedSequencesOnly()
    {
        var batches = Batches(s_config);

        Assert.Contains(batches, batch => batch.Replayed is { } replayed && replayed.InputIds.shape[0] < s_config.MicroBatch);
        Assert.All(batches, batch =>
        {
            // The same marked predictions in the same order, and no sequence without one.
            Assert.Equal(Marked(batch.Sequences), batch.Replayed is null ? [] : Marked(batch.Replayed));
            if (batch.Replayed is null) return;
            using var scope = NewDisposeScope();
            var rows = batch.Replayed.Sources.index_select(0, batch.Replayed.Replayed!).floor_divide(s_config.SequenceLength);
            Assert.Equal(batch.Replayed.InputIds.shape[0], rows.data<long>().ToArray().Distinct().Count());
        });
        batches.ForEach(batch => batch.Dispose());
    }

    [Fact]
    public void Batches_WithoutReplayDistillation_HaveNothingForATeacher()
    {
        var batches = Batches(s_config with { ReplayDistillation = false });

        Assert.All(batches, batch => Assert.Null(batch.Replayed));
        batches.ForEach(batch => batch.Dispose());
    }

    private List<MicroBatch> Batches(TrainConfig config)
    {
        TorchRuntime.Start(new TorchOptions());
        using var data = TrainingData.Open(tiny.Corpus, tiny.Base, config, 3);
        return [.. Enumerable.Range(0, 10).SelectMany(step => data.Batches(step, CPU, new SoleWorker()))];
    }

    /// <summary>What the marked tokens are and what they predict.</summary>
    private static long[] Marked(PackedBatch batch)
    {
        if (batch.Replayed is null) return [];
        using var scope = NewDisposeScope();
        var sources = batch.InputIds.view(-1).index_select(0, batch.Sources.index_select(0, batch.Replayed));
        return (sources * 100_000 + batch.Targets.index_select(0, batch.Replayed)).data<long>().ToArray();
    }
}
