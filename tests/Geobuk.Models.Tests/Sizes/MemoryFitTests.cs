using Geobuk.Models.Sizes;

namespace Geobuk.Models.Tests.Sizes;

public class MemoryFitTests
{
    // 1,000 numbers of 2 bytes a token: 500,000 tokens a gigabyte.
    private static readonly CacheSize s_grouped = new(900, 100, 4), s_latent = new(900, 100, 1);

    [Fact]
    public void Of_OneMemory_GivesTheRestToTheCache()
    {
        var fit = Of(new MemoryUnit("gpu", 80, 1), 32_000_000_000, s_grouped, 8192);

        // 0.9 x 80 GB - 32 GB = 40 GB.
        Assert.Equal((true, 20_000_000L), (fit.Fits, fit.ContextTokens));
    }

    [Fact]
    public void Of_ContextThatIsTooLong_SaysHowMuchWouldFit()
    {
        var fit = Of(new MemoryUnit("gpu", 16, 1), 14_390_000_000, s_grouped, 8192);

        Assert.Equal((false, 5000L), (fit.Fits, fit.ContextTokens));
    }

    [Fact]
    public void Of_WeightsTooLarge_FitsNothing() =>
        Assert.Equal((false, 0L), (Of(new MemoryUnit("cpu", 16, 1), 14_400_000_001, s_grouped, 1).Fits, Of(new MemoryUnit("cpu", 16, 1), 14_400_000_001, s_grouped, 1).ContextTokens));

    [Fact]
    public void Of_SeveralGpus_DividesHeadsButNotLatents()
    {
        var memory = new MemoryUnit("gpu", 80, 8);

        // 72 GB - 32 GB = 40 GB each; four heads go to four GPUs, a latent to all.
        Assert.Equal(80_000_000, Of(memory, 256_000_000_000, s_grouped, 1).ContextTokens);
        Assert.Equal(20_000_000, Of(memory, 256_000_000_000, s_latent, 1).ContextTokens);
    }

    private static MemoryFit Of(MemoryUnit memory, long weights, CacheSize cache, int context) => MemoryFit.Of(memory, "q8_0", weights, cache, 2, context);
}
