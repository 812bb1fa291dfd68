using Geobuk.Models;
using Geobuk.Tests;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Modules;

public class ExpertRouterTests
{
    /// <summary>Experts of rejected groups all score 0 in A.X K2: where a kept one scores less, equal ones compete.</summary>
    [Fact]
    public void Route_EqualScores_TakesTheFirstAsTheEngineDoes()
    {
        TorchRuntime.Start(new TorchOptions());
        var config = TinyCheckpoint.Shapes["axk2"] with { Mixture = TinyCheckpoint.Shapes["axk2"].Mixture! with { RoutedExperts = 40, ExpertsPerToken = 6, Groups = 4, KeptGroups = 1 } };
        using var scope = NewDisposeScope();
        using var still = no_grad();
        using var router = new ExpertRouter(config, config.Mixture!, CPU);
        // Every sigmoid is 1/2, so the corrections alone decide: the third group is kept, and only two of it score above 0.
        var corrections = Enumerable.Repeat(-3f, 40).ToArray();
        (corrections[23], corrections[27]) = (1, 2);
        router.get_parameter("e_score_correction_bias")!.copy_(tensor(corrections));

        var (experts, _) = router.Route(zeros(3, config.HiddenSize));

        for (var token = 0; token < 3; token++) Assert.Equal([0, 1, 2, 3, 23, 27], experts[token].data<long>().ToArray());
    }
}
