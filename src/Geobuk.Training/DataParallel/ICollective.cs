using static TorchSharp.torch;

namespace Geobuk.Training.DataParallel;

/// <summary>
/// What the processes of one training tell each other. Numbers move here and are never added up: who adds, and in which order, is
/// said in <see cref="GradientExchange"/>. Every worker must make the same calls in the same order.
/// </summary>
public interface ICollective : IDisposable
{
    /// <summary>This worker's number, from 0.</summary>
    int Rank { get; }

    /// <summary>Workers of the training.</summary>
    int Workers { get; }

    /// <summary>Every worker's values by rank; their numbers may differ.</summary>
    double[][] Gather(ReadOnlySpan<double> own);

    /// <summary>Block k of what each worker sends goes to worker k; what comes from worker k is block k of what is received.</summary>
    /// <param name="sent">fp32 in one piece on the worker's device: as many equal blocks as there are workers.</param>
    /// <param name="received">Of the same length, on the same device.</param>
    void Exchange(Tensor sent, Tensor received);

    /// <summary>Every worker's block, by rank.</summary>
    /// <param name="own">This worker's block: fp32 in one piece on the worker's device.</param>
    /// <param name="all">Workers times as long, on the same device.</param>
    void Collect(Tensor own, Tensor all);

    /// <summary>Returns when every worker is here; waits asleep, so for minutes if need be.</summary>
    void Meet();

    /// <summary>Ends every worker's process with an exit code, this one's too.</summary>
    void Abort(int exitCode);
}
