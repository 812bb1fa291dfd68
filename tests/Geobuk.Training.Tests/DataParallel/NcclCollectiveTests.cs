using Geobuk.Training.DataParallel;
using Geobuk.Training.Native;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.DataParallel;

/// <summary>
/// What one GPU can show of NCCL: a communicator of one process. Several processes are tried by the workers' tests of the whole program.
/// </summary>
public sealed class NcclCollectiveTests
{
    [SkippableFact]
    public void ExchangeAndCollect_OnAGpu_MoveWhatWasComputedBefore()
    {
        var device = TorchRuntime.Start(TorchOptions.FromEnvironment());
        Skip.If(device.type != TorchSharp.DeviceType.CUDA, "no GPU (GEOBUK_DEVICE, GEOBUK_LIBTORCH)");
        using var scope = NewDisposeScope();
        using var collective = new NcclCollective(new SoleWorker());
        for (var round = 0; round < 20; round++)
        {
            var sent = arange(1 << 22, float32, device).mul(round + 1).sqrt();
            var (received, all) = (empty_like(sent), empty_like(sent));
            collective.Exchange(sent, received);
            collective.Collect(received.mul_(2), all);
            Assert.True((all == sent * 2).all().item<bool>());
        }
    }

    [Fact]
    public void ExchangeAndCollect_InMainMemory_GoByTheCollectiveBelow()
    {
        TorchStart.Start();
        var got = ThreadCollective.Run(2, threads =>
        {
            using var collective = new NcclCollective(threads);
            using var sent = tensor(new float[] { threads.Rank, threads.Rank + 10 });
            using var received = zeros(2);
            using var all = zeros(4);
            collective.Exchange(sent, received);
            collective.Collect(received, all);
            return all.data<float>().ToArray();
        });
        Assert.All(got, values => Assert.Equal([0, 1, 10, 11], values));
    }
}
