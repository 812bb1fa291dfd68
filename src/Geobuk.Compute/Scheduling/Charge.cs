namespace Geobuk.Compute.Scheduling;

/// <summary>On whose account a job holds devices: its tenant's cells, the shared ones, or cells that others lend until they want them back.</summary>
/// <param name="Slot">The account whose cells are held; <see cref="NodeGroup.Shared"/> for those of nobody. Where borrowed, the borrower's.</param>
/// <param name="Borrowed">Whether the devices are lent, so that their owner takes them back when he needs them.</param>
public readonly record struct Charge(int Slot, bool Borrowed);
