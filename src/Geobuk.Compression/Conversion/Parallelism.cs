using System.Runtime.ExceptionServices;
using Geobuk.Models;

namespace Geobuk.Compression.Conversion;

/// <summary>Loops over all cores.</summary>
internal static class Parallelism
{
    /// <summary>Runs an action for every item. Of several faults the user gets one: every thread may have met the same.</summary>
    public static void ForEach<T>(IEnumerable<T> items, Action<T> action, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.ForEach(items, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, action);
        }
        catch (AggregateException faults)
        {
            ExceptionDispatchInfo.Throw(faults.InnerExceptions.FirstOrDefault(fault => fault is UserInputException) ?? faults.InnerExceptions[0]);
        }
    }
}
