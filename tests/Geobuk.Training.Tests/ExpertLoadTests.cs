namespace Geobuk.Training.Tests;

public class ExpertLoadTests
{
    [Fact]
    public void Of_EvenUse_CountsEveryExpert()
    {
        var load = ExpertLoad.Of("mlp", [5, 5, 5, 5], 2);
        Assert.Equal(4, load.Effective, 9);
        Assert.Equal((0, 0.25, false), (load.Unused, load.LargestShare, load.Collapsed));
    }

    [Fact]
    public void Of_OneFixedChoice_IsCollapsed()
    {
        var load = ExpertLoad.Of("mlp", [50, 50, 0, 0, 0, 0, 0, 0], 2);
        Assert.Equal(2, load.Effective, 9);
        Assert.Equal(6, load.Unused);
        Assert.True(load.Collapsed);
    }

    [Fact]
    public void Of_EveryExpertPerToken_NeverCollapses() => Assert.False(ExpertLoad.Of("mlp", [3, 3], 2).Collapsed);
}
