using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Hosting;

public sealed class PlaceQueueTests
{
    [Fact]
    public void TryEnter_BeyondThePlaces_WaitsInOrderAndMovesUp()
    {
        var queue = new PlaceQueue(2, TimeProvider.System);
        var all = Enumerable.Range(0, 5).Select(_ => queue.TryEnter(3)!).ToList();
        Assert.Equal([true, true, false, false, false], all.Select(place => place.Begun.IsCompleted));
        Assert.Equal([0, 0, 1, 2, 3], all.Select(place => place.Position));
        Assert.Null(queue.TryEnter(3));

        // One that waits leaves, then one that has a place.
        all[2].Dispose();
        Assert.Equal((2, 2), (queue.Running, queue.Waiting));
        Assert.Equal(1, all[3].Position);
        all[0].Dispose();

        Assert.Equal([true, false], all[3..].Select(place => place.Begun.IsCompleted));
        Assert.Equal((2, 1), (queue.Running, queue.Waiting));
        foreach (var place in all.Except([all[0], all[2]])) place.Dispose();
        Assert.Equal((0, 0), (queue.Running, queue.Waiting));
    }

    [Fact]
    public void PredictedWait_OfPlacesHeldForLong_GrowsWithThemAndTheQueue()
    {
        var clock = new ManualClock();
        var queue = new PlaceQueue(2, clock);
        for (var i = 0; i < 100; i++)
        {
            using var place = queue.TryEnter();
            clock.Now += TimeSpan.FromSeconds(30);
        }
        Assert.Equal(0, queue.PredictedWait);

        var all = Enumerable.Range(0, 5).Select(_ => queue.TryEnter()!).ToList();

        // Three wait, two places of about 30 seconds each.
        Assert.Equal(15, queue.PlaceSeconds, 1e-6);
        Assert.Equal(60, queue.PredictedWait, 1e-6);
        // Who leaves the queue held no place.
        all[4].Dispose();
        Assert.Equal(45, queue.PredictedWait, 1e-6);
    }

    [Fact]
    public async Task TryEnter_FromManySides_GivesNoMorePlacesThanThereAre()
    {
        var queue = new PlaceQueue(3, TimeProvider.System);
        var (inside, most) = (0, 0);

        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            using var place = queue.TryEnter()!;
            // Every seventh gives up.
            if (i % 7 == 0) return;
            await place.Begun;
            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        });

        Assert.InRange(most, 1, 3);
        Assert.Equal((0, 0), (queue.Running, queue.Waiting));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen;) seen = Interlocked.CompareExchange(ref most, value, seen) is var before && before == seen ? value : before;
    }
}
