using Geobuk.Training.Forgetting;

namespace Geobuk.Training.Tests.Forgetting;

public sealed class AlphaPointTests
{
    [Fact]
    public void Pareto_KeepsWhatNoPointBeatsOnBoth()
    {
        var points = new[] { Point(1, 1, 4), Point(0.9, 2, 3), Point(0.8, 3, 3), Point(0.7, 4, 1), Point(0.6, 5, 1) };
        Assert.Equal([1, 0.9, 0.7], AlphaPoint.Pareto(points).Select(point => point.Alphas[0]));
    }

    [Fact]
    public void Choose_TakesTheBestDomainThatKeepsTheLimit() =>
        Assert.Equal(0.8, AlphaPoint.Choose([Point(1, 1, 4), Point(0.9, 2, 3), Point(0.8, 3, 2, held: true), Point(0.7, 4, 1, held: true)]).Alphas[0]);

    [Fact]
    public void Choose_WhereNothingKeepsTheLimit_ForgetsLeast() =>
        Assert.Equal(0.8, AlphaPoint.Choose([Point(1, 1, 4), Point(0.9, 2, 3), Point(0.8, 3, 2)]).Alphas[0]);

    [Fact]
    public void WeightBands_CoverEveryLayerOnce_AndPutTheRestLast()
    {
        var bands = new WeightBands(5, 2);
        Assert.Equal(["layers 0 to 1", "layers 2 to 4", "embeddings and head"], bands.Names);
        Assert.Equal([0, 0, 1, 1, 1], Enumerable.Range(0, 5).Select(layer => bands.Of($"model.layers.{layer}.mlp.up_proj.weight")));
        Assert.Equal([2, 2, 2], new[] { "model.embed_tokens.weight", "lm_head.weight", "model.norm.weight" }.Select(bands.Of));
        Assert.Equal(0, new WeightBands(5, 0).Of("lm_head.weight"));
        Assert.Equal(3, new WeightBands(2, 9).Names.Count);
    }

    private static AlphaPoint Point(double alpha, double domain, double general, bool held = false) => new([alpha],
        new HeldOutScores(new Dictionary<string, double> { ["domain"] = domain, ["general"] = general }, new Dictionary<string, PairedChange>(), held));
}
