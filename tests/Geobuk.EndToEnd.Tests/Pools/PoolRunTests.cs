using Geobuk.Compute.Jobs;
using Geobuk.EndToEnd.Tests.Runs;

namespace Geobuk.EndToEnd.Tests.Pools;

/// <summary>A recipe on a pool: one job per step, and the same artifacts as <c>geobuk run</c> leaves.</summary>
public sealed class PoolRunTests : RunFixture
{
    [Fact]
    public void Submit_Recipe_RunsAsJobsPerStepAndLeavesTheArtifactsOfARun()
    {
        Run("--runs", "undisturbed");
        using var pool = new RunningPool(Folder, """{"pools":[{"name":"local","nodes":[{"name":"this","kind":"cpu","devices":2}]}]}""");

        var jobs = pool.Submit("recipe.yaml");
        foreach (var job in jobs) pool.Until(job, job => job.IsOver);

        Assert.Equal(["시험/base", "시험/corpus", "시험/train", "시험/compress", "시험/report"], jobs.Select(job => pool.Job(job).Request.Name));
        Assert.All(jobs, job => Assert.Equal((JobPhase.Done, 1), (pool.Job(job).Phase, pool.Job(job).Attempt)));
        Assert.Equal(Artifacts("undisturbed"), Artifacts());
    }
}
