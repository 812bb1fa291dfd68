using Geobuk.Models.Layouts;
using Geobuk.Models.Sizes;
using Geobuk.Tests;

namespace Geobuk.Models.Tests.Sizes;

/// <summary>The published figures, from shapes alone.</summary>
public class ModelSizeTests
{
    [Theory]
    [InlineData("ax-3.1-light", 7_264_800_768, 7_264_800_768)]
    [InlineData("ax-3.1", 34_670_911_488, 34_670_911_488)]
    [InlineData("ax-4.0-light", 7_259_624_960, 7_259_624_960)]
    [InlineData("ax-4.0", 71_892_508_672, 71_892_508_672)]
    [InlineData("ax-k1", 518_983_063_808, 32_779_344_128)]
    [InlineData("ax-k2-light", 20_314_500_992, 2_572_595_072)]
    public void Of_PublishedShape_GivesThePublishedCounts(string shape, long parameters, long active)
    {
        var size = ModelSize.Of(Shape(shape));

        Assert.Equal((parameters, active), (size.Parameters, size.ActiveParameters));
    }

    [Fact]
    public void Of_A3Light_IsTheSumOfItsMatricesByHand()
    {
        var size = ModelSize.Of(Shape("ax-3.1-light"));

        Assert.Equal(
            [(TensorRole.Embedding, 102_400L * 4096), (TensorRole.Attention, 32L * 4 * 4096 * 4096), (TensorRole.Mlp, 32L * 3 * 4096 * 10_880), (TensorRole.Norm, 65L * 4096), (TensorRole.Head, 102_400L * 4096)],
            size.Parts.Select(part => (part.Part, part.Parameters)));
        Assert.Equal(2 * size.Parameters, size.Bytes);
        Assert.Equal(size.Parameters - 102_400L * 4096, size.MultipliedParameters);
    }

    [Fact]
    public void Of_Mixture_CountsChosenAndSharedExpertsOnly()
    {
        var size = ModelSize.Of(Shape("ax-k2-light"));
        var expert = 3L * 2048 * 512;

        Assert.Equal((47 * 128 * expert, 47 * 8 * expert), Part(size, TensorRole.RoutedExpert));
        Assert.Equal((47 * expert, 47 * expert), Part(size, TensorRole.SharedExpert));
        Assert.Equal((47 * (128L * 2048 + 128), 47 * (128L * 2048 + 128)), Part(size, TensorRole.Router));
        Assert.Equal(48L * (16 * 128 * 384 + 128 * 2048 + 2 * 128 + 16 * 2048), size.Of(TensorRole.Indexer));
        // The corrections of the routers are kept in F32.
        Assert.Equal(2 * size.Parameters + 2 * 47 * 128, size.Bytes);
    }

    [Fact]
    public void MultipliedParameters_TiedEmbedding_CountsTheTableOnce()
    {
        var tied = Shape("ax-4.0-light") with { TieWordEmbeddings = true };

        Assert.Equal(ModelSize.Of(tied).Parameters, ModelSize.Of(tied).MultipliedParameters);
    }

    [Theory]
    [InlineData("ax-3.1-light", 512 * 1024, 0)]
    [InlineData("ax-3.1", 192 * 1024, 0)]
    [InlineData("ax-4.0-light", 56 * 1024, 0)]
    [InlineData("ax-4.0", 320 * 1024, 0)]
    [InlineData("ax-k1", 61 * 576 * 2, 0)]
    [InlineData("ax-k2-light", 15 * 1024, 12 * 1024)]
    public void CacheSize_InHalfPrecision_IsTheKnownFigure(string shape, long bytes, long indexer)
    {
        var cache = CacheSize.Of(Shape(shape));

        Assert.Equal((bytes, indexer), (2 * cache.KeysAndValues, 2 * cache.IndexerKeys));
    }

    private static (long, long) Part(ModelSize size, TensorRole role)
    {
        var part = size.Parts.Single(part => part.Part == role);
        return (part.Parameters, part.ActiveParameters);
    }

    private static ModelConfig Shape(string name) => ModelConfig.LoadFile(TestPaths.Repository("tests", "Shared", "shapes", name + ".json"));
}
