using Geobuk.Recipes;
using Geobuk.Training.Optimization;

namespace Geobuk.Training.Tests.Optimization;

public sealed class LearningRateScheduleTests
{
    private static readonly TrainConfig s_config = new() { LearningRate = 1, MinLearningRateRatio = 0.1, WarmupSteps = 10, DecayShare = 0.25 };

    [Fact]
    public void At_Wsd_WarmsUpHoldsAndFallsInAStraightLine()
    {
        var schedule = new LearningRateSchedule(s_config with { Schedule = RateSchedule.Wsd }, 100);
        Assert.Equal(0.1, schedule.At(0), 12);
        Assert.Equal(1, schedule.At(9), 12);
        Assert.All(Enumerable.Range(10, 66), step => Assert.Equal(1, schedule.At(step), 12));
        Assert.Equal(1 - 0.9 * 0.2, schedule.At(80), 12);
        Assert.Equal(0.1 + 0.9 * 0.04, schedule.At(99), 12);
        Assert.Equal(0.1, schedule.At(100), 12);
    }

    [Fact]
    public void At_WsdWhoseDecayIsLongerThanTheRest_BeginsAfterTheWarmUp()
    {
        var schedule = new LearningRateSchedule(s_config with { Schedule = RateSchedule.Wsd, DecayShare = 1 }, 30);
        Assert.Equal(1, schedule.At(10), 12);
        Assert.Equal(0.55, schedule.At(20), 12);
    }

    [Fact]
    public void At_Cosine_EndsAtTheFloorAndNeverRisesAfterTheWarmUp()
    {
        var schedule = new LearningRateSchedule(s_config, 100);
        Assert.Equal(0.55, schedule.At(55), 12);
        Assert.Equal(0.1, schedule.At(100), 12);
        Assert.All(Enumerable.Range(10, 89), step => Assert.True(schedule.At(step + 1) < schedule.At(step)));
    }
}
