using Geobuk.Compute.Estimates;

namespace Geobuk.Compute.Tests.Estimates;

public sealed class LengthForecastTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    public void Left_JobsThatTakeLongerThanWasSaid_HoldsAboutFourInFive(double begun)
    {
        var (forecast, random, held, told) = (new LengthForecast(), new Random(5), 0, 0);
        for (var i = 0; i < 2000; i++)
        {
            var expected = 100 * Math.Pow(100, random.NextDouble());
            // A third longer on average, log-normal.
            var seconds = expected * 1.3 * Math.Exp(0.6 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            var worked = begun * expected;
            if (i >= 50 && seconds > worked)
            {
                var (from, to) = forecast.Left(expected, worked);
                told++;
                if (seconds - worked >= from && seconds - worked <= to) held++;
            }
            forecast.Ended(expected, seconds);
        }

        Assert.InRange((double)held / told, 0.7, 0.9);
    }

    [Fact]
    public void Left_NothingKnown_IsHalfToTwiceWhatIsExpected()
    {
        Assert.Equal((500, 2000), new LengthForecast().Left(1000, 0));
        Assert.Equal((0, 1000), new LengthForecast().Left(1000, 1000));
        Assert.Equal((0, 3000), new LengthForecast().Left(1000, 3000));
    }
}
