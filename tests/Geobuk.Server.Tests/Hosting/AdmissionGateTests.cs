using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Hosting;

public sealed class AdmissionGateTests
{
    [Fact]
    public async Task Enter_PlacesAndQueueFull_GivesNull()
    {
        using var gate = new AdmissionGate(parallel: 2, queueLimit: 1);
        using var first = await gate.EnterAsync(default);
        using var second = await gate.EnterAsync(default);
        var third = gate.EnterAsync(default).AsTask();

        var fourth = await gate.EnterAsync(default);

        Assert.NotNull(second);
        Assert.Null(fourth);
        Assert.Equal((2, 1), (gate.Running, gate.Waiting));
        first!.Dispose();
        using var late = await third;
        Assert.NotNull(late);
        Assert.Equal((2, 0), (gate.Running, gate.Waiting));
    }

    [Fact]
    public async Task Enter_SeveralWaiting_ServesInOrder()
    {
        using var gate = new AdmissionGate(parallel: 1, queueLimit: 8);
        var place = await gate.EnterAsync(default);
        var order = new List<int>();
        var waiting = Enumerable.Range(0, 8).Select(i => Pass(i, gate.EnterAsync(default))).ToArray();

        place!.Dispose();
        await Task.WhenAll(waiting);

        Assert.Equal(Enumerable.Range(0, 8), order);

        async Task Pass(int number, ValueTask<AdmissionGate.Place?> entry)
        {
            using var mine = await entry;
            order.Add(number);
        }
    }

    [Fact]
    public async Task Enter_CanceledWhileWaiting_LeavesTheQueue()
    {
        using var gate = new AdmissionGate(parallel: 1, queueLimit: 1);
        using var place = await gate.EnterAsync(default);
        using var leaving = new CancellationTokenSource();
        var waiting = gate.EnterAsync(leaving.Token).AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, gate.Waiting);
    }

    [Fact]
    public void RetryAfter_NothingMeasured_IsASecond()
    {
        using var gate = new AdmissionGate(parallel: 4, queueLimit: 1);

        Assert.Equal(1, gate.RetryAfter());
    }
}
