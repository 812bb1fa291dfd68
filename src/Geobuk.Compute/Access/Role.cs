namespace Geobuk.Compute.Access;

/// <summary>What a key may do within its tenant and below.</summary>
public enum Role
{
    /// <summary>Look at jobs, logs and use.</summary>
    Viewer,

    /// <summary>Also submit jobs and cancel them.</summary>
    Member,

    /// <summary>Also give out keys.</summary>
    Admin,

    /// <summary>Everything, everywhere.</summary>
    Operator,

    /// <summary>Look at everything everywhere, the audit log too, and change nothing.</summary>
    Auditor,
}
