using Geobuk.Recipes;

namespace Geobuk.Training.Optimization;

/// <summary>
/// Linear warm-up, then half a cosine down to a floor, or warm-up, stable, decay (Hu et al. 2024, arXiv:2404.06395): the peak is
/// held and falls in a straight line over the last share of the steps.
/// </summary>
public sealed class LearningRateSchedule(TrainConfig config, long totalSteps)
{
    /// <summary>The rate of a step, counted from 0.</summary>
    public double At(long step)
    {
        if (step < config.WarmupSteps) return config.LearningRate * (step + 1) / config.WarmupSteps;
        var floor = config.LearningRate * config.MinLearningRateRatio;
        return floor + (config.LearningRate - floor) * (config.Schedule == RateSchedule.Wsd ? Held(step) : Cosine(step));
    }

    private double Cosine(long step)
    {
        var span = Math.Max(1, totalSteps - config.WarmupSteps);
        var done = Math.Min(1.0, (step - config.WarmupSteps) / (double)span);
        return 0.5 * (1 + Math.Cos(Math.PI * done));
    }

    private double Held(long step)
    {
        // A decay longer than what the warm-up leaves begins right after it.
        var span = Math.Max(1, Math.Min(totalSteps - config.WarmupSteps, Math.Ceiling(totalSteps * config.DecayShare)));
        return Math.Clamp((totalSteps - step) / span, 0, 1);
    }
}
