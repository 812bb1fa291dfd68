using Geobuk.Recipes;

namespace Geobuk.Training.Tests;

/// <summary>Hears of progress on the caller's thread, at once.</summary>
public sealed class InlineProgress(Action<StepReport> heard) : IProgress<StepReport>
{
    public void Report(StepReport value) => heard(value);
}
