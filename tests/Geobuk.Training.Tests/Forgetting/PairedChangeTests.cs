using Geobuk.Training.Forgetting;

namespace Geobuk.Training.Tests.Forgetting;

public sealed class PairedChangeTests
{
    [Fact]
    public void Between_ByHand_IsTheRatioOfSums()
    {
        DocumentLoss[] before = [new(10, 20), new(30, 90)], after = [new(10, 24), new(30, 90)];
        var change = PairedChange.Between(before, after);
        Assert.Equal(0.1, change.Value, 12);
        // Residuals 4 - 0.1 * 10 and 0 - 0.1 * 30; two documents double the sum of squares.
        Assert.Equal(Math.Sqrt(2 * (9 + 9)) / 40, change.Error, 12);
    }

    [Fact]
    public void Between_TheSameLosses_IsCertainlyNoChange()
    {
        DocumentLoss[] losses = [new(10, 20), new(30, 90), new(7, 1)];
        var change = PairedChange.Between(losses, losses);
        Assert.Equal((0, 0), (change.Value, change.Error));
        Assert.Equal(0, change.UpperBound(0.95));
    }

    [Theory]
    [InlineData(11, 0.95, 1.812)]
    [InlineData(11, 0.975, 2.228)]
    [InlineData(31, 0.95, 1.697)]
    [InlineData(100_001, 0.95, 1.645)]
    public void UpperBound_OfUnitError_IsTheTableOfStudentsT(int documents, double confidence, double expected) =>
        Assert.Equal(expected, new PairedChange(0, 1, documents).UpperBound(confidence), 2e-3);

    [Fact]
    public void UpperBound_OneDocument_IsInfinite() =>
        Assert.Equal(double.PositiveInfinity, PairedChange.Between([new(10, 20)], [new(10, 21)]).UpperBound(0.95));

    [Fact]
    public void Interval_OfRandomDocuments_CoversTheTruthAsOftenAsItSays()
    {
        var random = new Random(7);
        var covered = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var before = new DocumentLoss[25];
            var after = new DocumentLoss[25];
            for (var i = 0; i < before.Length; i++)
            {
                // Documents of unequal length, each with a change of its own around 0.05 nats per token.
                var predictions = random.Next(50, 400);
                before[i] = new DocumentLoss(predictions, 3 * predictions);
                after[i] = new DocumentLoss(predictions, (3.05 + 0.1 * (random.NextDouble() + random.NextDouble() - 1)) * predictions);
            }
            var (low, high) = PairedChange.Between(before, after).Interval();
            if (low <= 0.05 && 0.05 <= high) covered++;
        }
        Assert.InRange(covered / 2000.0, 0.92, 0.97);
    }

    [Fact]
    public void Between_OtherDocuments_IsRefused() => Assert.Throws<ArgumentException>(() => PairedChange.Between([new(1, 1)], [new(1, 1), new(1, 1)]));
}
