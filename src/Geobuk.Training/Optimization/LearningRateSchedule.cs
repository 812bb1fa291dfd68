using Geobuk.Recipes;

namespace Geobuk.Training.Optimization;

/// <summary>Linear warm-up, then half a cosine down to a floor.</summary>
public sealed class LearningRateSchedule(TrainConfig config, long totalSteps)
{
    /// <summary>The rate of a step, counted from 0.</summary>
    public double At(long step)
    {
        if (step < config.WarmupSteps) return config.LearningRate * (step + 1) / config.WarmupSteps;
        var span = Math.Max(1, totalSteps - config.WarmupSteps);
        var done = Math.Min(1.0, (step - config.WarmupSteps) / (double)span);
        var floor = config.LearningRate * config.MinLearningRateRatio;
        return floor + (config.LearningRate - floor) * 0.5 * (1 + Math.Cos(Math.PI * done));
    }
}
