using Geobuk.Inference.Batching;

namespace Geobuk.Inference.Tests.Batching;

public class TurnQueueTests
{
    [Fact]
    public async Task Enter_FromManyThreads_LetsOneInAtATime()
    {
        var queue = new TurnQueue();
        var (inside, entered) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                using var turn = queue.Enter();
                Assert.Equal(1, Interlocked.Increment(ref inside));
                entered++;
                Interlocked.Decrement(ref inside);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(2000, entered);
    }

    [Fact]
    public async Task Enter_WhileOthersWait_ServesInOrderOfArrival()
    {
        var queue = new TurnQueue();
        var order = new List<int>();
        var first = queue.Enter();
        var tasks = new List<Task>();
        for (var i = 0; i < 5; i++)
        {
            var number = i;
            tasks.Add(Task.Factory.StartNew(() =>
            {
                using var turn = queue.Enter();
                order.Add(number);
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            SpinWait.SpinUntil(() => queue.Waiting == number + 1, 5000);
        }
        first.Dispose();
        await Task.WhenAll(tasks);
        Assert.Equal([0, 1, 2, 3, 4], order);
    }
}
