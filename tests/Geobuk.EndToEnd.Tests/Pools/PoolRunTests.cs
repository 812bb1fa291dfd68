using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
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

    [Fact]
    public void Submit_RecipeWithADevice_TakesGpusForTheTrainingAlone()
    {
        using var pool = new RunningPool(Folder, """{"pools":[{"name":"local","nodes":[{"name":"this","kind":"cpu","devices":2},{"name":"gpus","kind":"h200","devices":8}]}]}""");

        var jobs = pool.Submit("recipe.yaml", "--device", "cuda", "--libtorch", ".", "--gpus", "4");
        var over = jobs.Select(job => pool.Until(job, job => job.IsOver)).ToList();

        Assert.Equal([(null, 1), (null, 1), ("gpu", 4), (null, 1), (null, 1)], over.Select(job => (job.Request.Kind, job.Devices)));
        Assert.All(over, job => Assert.Equal(["--device", "cuda", "--libtorch", Folder], job.Request.Command.TakeLast(4)));
        Assert.All(over, job => Assert.Equal(JobPhase.Done, job.Phase));
    }

    [Fact]
    public void Submit_RecipeOfWhichOneStepIsRefused_LeavesNoneOfIt()
    {
        using var pool = new RunningPool(Folder, """{"pools":[{"name":"local","nodes":[{"name":"this","kind":"cpu","devices":2}]}]}""");

        using var refused = Start("compute", "submit", "--state", "pool", "recipe.yaml", "--device", "cuda", "--kind", "h200", "--libtorch", ".");

        Assert.Equal(2, refused.Wait());
        Assert.Contains("there is no h200 in any pool", refused.Error);
        Assert.All(new long[] { 1, 2 }, job => Assert.Equal(JobPhase.Cancelled, pool.Until(job, one => one.IsOver).Phase));
    }

    [Fact]
    public void Up_WithACertificate_SpeaksTlsToItsOwnCommandsAndToNobodyWithoutIt()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=pool.mnd.example", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(Folder, "tls.pem"), certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        using var pool = new RunningPool(Folder, """{"pools":[{"name":"local","nodes":[{"name":"this","kind":"cpu","devices":1}]}]}""", arguments: ["--tls-cert", "tls.pem", "--urls", "https://127.0.0.1:0"]);

        Assert.Equal(JobPhase.Done, pool.Until(pool.Submit("--", "true")[0], job => job.IsOver).Phase);
        // The same address with another certificate in mind is somebody else's.
        var known = Path.Combine(Folder, "pool", "server.json");
        File.WriteAllText(known, Regex.Replace(File.ReadAllText(known), "(?<=\"certificate\": ?\")[0-9a-f]{4}", "0000"));
        using var deceived = Start("compute", "ps", "--state", "pool");
        Assert.Equal(2, deceived.Wait());
        Assert.Contains("no answer", deceived.Error);
    }

    [Theory]
    [InlineData("--device: is for a recipe's training", "submit", "--device", "cuda", "--", "true")]
    [InlineData("estimate_seconds: NaN; expected more than 0 and less than 1000000000.", "submit", "--estimate", "NaN", "--", "true")]
    [InlineData("없다.yaml", "submit", "없다.yaml")]
    [InlineData("--devcies: not an option of submit.", "submit", "recipe.yaml", "--devcies", "2")]
    [InlineData("-n: not an option of submit. What belongs to the program comes after --", "submit", "sort", "-n")]
    [InlineData("See geobuk compute usage --help.", "usage", "--foo")]
    [InlineData("--tls-key: without a certificate", "up", "--tls-key", "key.pem")]
    [InlineData("--tls-cert: no.pem: ", "up", "--tls-cert", "no.pem", "--urls", "https://127.0.0.1:0")]
    [InlineData("--slots: -1; expected 1 to 10000.", "up", "--slots", "-1")]
    public void WrongInput_IsToldBeforeAnythingIsAskedOrServed(string message, params string[] arguments)
    {
        using var wrong = Start(["compute", .. arguments]);

        Assert.True(wrong.Wait() == 2, wrong.Error);
        Assert.Contains(message, wrong.Error);
    }
}
