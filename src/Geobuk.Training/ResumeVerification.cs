using Geobuk.Recipes;

namespace Geobuk.Training;

/// <summary>
/// The three-arm test of resuming, on a recipe's own model and data: some steps without a stop; the same steps interrupted in the
/// middle and resumed; and a cold start from the middle's weights alone. The first two must end in the same state bit for bit, and
/// the third must not: a resume that silently lost its moments would look like it.
/// </summary>
/// <param name="Steps">Optimizer steps of every arm.</param>
/// <param name="Uninterrupted">SHA-256 over weights, masters and moments at the end.</param>
/// <param name="Resumed">The same of the interrupted arm.</param>
/// <param name="Cold">The same of the cold start.</param>
public sealed record ResumeVerification(int Steps, string Uninterrupted, string Resumed, string Cold)
{
    private const int Before = 3, After = 3;

    /// <summary>Uninterrupted equals resumed and differs from the cold start.</summary>
    public bool IsExact => Uninterrupted == Resumed && Uninterrupted != Cold;

    /// <summary>Trains the arms in folders of their own below <paramref name="scratch"/>.</summary>
    public static ResumeVerification Run(TrainConfig config, int seed, TrainInputs inputs, string scratch, IProgress<StepReport> progress, CancellationToken ct) =>
        Run(config, seed, inputs, scratch, progress, null, ct);

    /// <summary>The same with something broken when the second arm resumes.</summary>
    internal static ResumeVerification Run(
        TrainConfig config, int seed, TrainInputs inputs, string scratch, IProgress<StepReport> progress, JobFaults? faults, CancellationToken ct)
    {
        var arm = config with { Steps = Before + After, WarmupSteps = Math.Min(config.WarmupSteps, 1), CheckpointEvery = Before, EvaluateEvery = Before };
        return new ResumeVerification(Before + After, Train("uninterrupted", null), Interrupted("resumed", faults), Interrupted("cold", new JobFaults { ColdStart = true }));

        string Train(string name, JobFaults? broken) => TrainStep.Run(arm, seed, inputs, Path.Combine(scratch, name), progress, broken, ct);

        string Interrupted(string name, JobFaults? broken)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var halfway = new StopAfter(Before, progress, stop);
            try
            {
                TrainStep.Run(arm, seed, inputs, Path.Combine(scratch, name), halfway, null, stop.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return Train(name, broken);
            }
            throw new InvalidOperationException($"verify-resume: the arm {name} ended before step {Before}.");
        }
    }

    private sealed class StopAfter(int steps, IProgress<StepReport> inner, CancellationTokenSource stop) : IProgress<StepReport>
    {
        public void Report(StepReport value)
        {
            inner.Report(value);
            if (value.Phase == "training" && value.Done >= steps) stop.Cancel();
        }
    }
}
