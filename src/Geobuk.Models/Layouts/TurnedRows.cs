namespace Geobuk.Models.Layouts;

/// <summary>Rows of a projection that RoPE turns: of each head those from a row on.</summary>
/// <param name="PerHead">Rows of a head.</param>
/// <param name="First">The first that is turned; the rest of the head is.</param>
internal readonly record struct TurnedRows(int PerHead, int First)
{
    /// <summary>Where a row of a file that turns neighbours lies in a checkpoint that turns halves: row 2i + h of the turned part is row i + h * half of it.</summary>
    public long InCheckpoint(long row)
    {
        var place = row % PerHead - First;
        return place < 0 ? row : row - place + place % 2 * ((PerHead - First) / 2) + place / 2;
    }
}
