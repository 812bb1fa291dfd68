using Geobuk.Compute.Estimates;

namespace Geobuk.Compute.Tests.Estimates;

public sealed class StartForecastTests
{
    [Fact]
    public void Interval_WaitsWhoseScaleShifts_HoldsAboutFourInFive()
    {
        var (forecast, random, held, told) = (new StartForecast(), new Random(8), 0, 0);
        foreach (var scale in new[] { 100.0, 1000, 50, 5000 })
            for (var i = 0; i < 1000; i++)
            {
                // Log-normal: most wait little, some a hundred times as long.
                var waited = scale * Math.Exp(1.5 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
                var interval = forecast.Interval(1, 0);
                forecast.Started(1, waited, interval);
                told++;
                if (waited >= interval.From && waited <= interval.To) held++;
            }

        Assert.InRange((double)held / told, 0.7, 0.9);
    }

    [Fact]
    public void Interval_SizesThatWaitDifferently_AreToldDifferently()
    {
        var forecast = new StartForecast();
        for (var i = 0; i < 50; i++)
        {
            forecast.Started(1, 10, forecast.Interval(1, 0));
            forecast.Started(8, 9000, forecast.Interval(8, 0));
        }

        Assert.True(forecast.Interval(1, 0).To < 100);
        Assert.True(forecast.Interval(8, 0).To > 5000);
    }

    [Fact]
    public void Interval_NothingKnown_GoesByTheQueue() => Assert.Equal((0, 4000), new StartForecast().Interval(1, 1000));
}
