//! The calls that happen in the simulated accounts, with their names in each provider's log.

/// Declares every call once: its name here, `source:name` in CloudTrail, `service:name` in Alibaba's logs,
/// and the method and query of the request.
macro_rules! calls {
    ($($call:ident $aws:literal $aliyun:literal $request:literal;)*) => {
        /// A call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(in crate::bench::detect) enum Call { $(#[doc = $aws] $call,)* }

        impl Call {
            /// `source:name` in CloudTrail.
            pub(in crate::bench::detect) fn aws(self) -> (&'static str, &'static str) {
                let name = match self { $(Self::$call => $aws,)* };
                name.split_once(':').unwrap_or((name, ""))
            }

            /// `service:name` in the logs of Alibaba Cloud.
            pub(in crate::bench::detect) fn aliyun(self) -> (&'static str, &'static str) {
                let name = match self { $(Self::$call => $aliyun,)* };
                name.split_once(':').unwrap_or((name, ""))
            }

            /// Method and query: `GET acl`.
            pub(in crate::bench::detect) fn request(self) -> (&'static str, &'static str) {
                let request = match self { $(Self::$call => $request,)* };
                request.split_once(' ').unwrap_or((request, ""))
            }
        }
    };
}

calls! {
    Get "s3:GetObject" "oss:GetObject" "GET";
    Head "s3:HeadObject" "oss:HeadObject" "HEAD";
    Put "s3:PutObject" "oss:PutObject" "PUT";
    Copy "s3:CopyObject" "oss:CopyObject" "PUT";
    Delete "s3:DeleteObject" "oss:DeleteObject" "DELETE";
    DeleteMany "s3:DeleteObjects" "oss:DeleteObjects" "POST delete";
    BeginUpload "s3:CreateMultipartUpload" "oss:InitiateMultipartUpload" "POST uploads";
    UploadPart "s3:UploadPart" "oss:UploadPart" "PUT partNumber=1&uploadId=0004B9894A22E5B1888A1E29F823";
    EndUpload "s3:CompleteMultipartUpload" "oss:CompleteUpload" "POST uploadId=0004B9894A22E5B1888A1E29F823";
    List "s3:ListObjects" "oss:GetBucket" "GET list-type=2&max-keys=1000";
    ListBuckets "s3:ListBuckets" "oss:GetService" "GET";
    HeadBucket "s3:HeadBucket" "oss:HeadBucket" "HEAD";
    GetAcl "s3:GetBucketAcl" "oss:GetBucketAcl" "GET acl";
    PutAcl "s3:PutBucketAcl" "oss:PutBucketAcl" "PUT acl";
    PutObjectAcl "s3:PutObjectAcl" "oss:PutObjectAcl" "PUT acl";
    GetPolicy "s3:GetBucketPolicy" "oss:GetBucketPolicy" "GET policy";
    PutPolicy "s3:PutBucketPolicy" "oss:PutBucketPolicy" "PUT policy";
    DeletePolicy "s3:DeleteBucketPolicy" "oss:DeleteBucketPolicy" "DELETE policy";
    GetLocation "s3:GetBucketLocation" "oss:GetBucketLocation" "GET location";
    GetLogging "s3:GetBucketLogging" "oss:GetBucketLog" "GET logging";
    PutLogging "s3:PutBucketLogging" "oss:DeleteBucketLog" "PUT logging";
    GetVersioning "s3:GetBucketVersioning" "oss:GetBucketVersioning" "GET versioning";
    PutVersioning "s3:PutBucketVersioning" "oss:PutBucketVersioning" "PUT versioning";
    GetEncryption "s3:GetBucketEncryption" "oss:GetBucketEncryption" "GET encryption";
    PutEncryption "s3:PutBucketEncryption" "oss:PutBucketEncryption" "PUT encryption";
    GetTagging "s3:GetBucketTagging" "oss:GetBucketTags" "GET tagging";
    GetLifecycle "s3:GetBucketLifecycle" "oss:GetBucketLifecycle" "GET lifecycle";
    PutLifecycle "s3:PutBucketLifecycle" "oss:PutBucketLifecycle" "PUT lifecycle";
    GetPublicBlock "s3:GetBucketPublicAccessBlock" "oss:GetBucketPublicAccessBlock" "GET publicAccessBlock";
    DeletePublicBlock "s3:DeleteBucketPublicAccessBlock" "oss:DeleteBucketPublicAccessBlock" "DELETE publicAccessBlock";
    CreateBucket "s3:CreateBucket" "oss:PutBucket" "PUT";
    Identity "sts:GetCallerIdentity" "Sts:GetCallerIdentity" "POST";
    AssumeRole "sts:AssumeRole" "Sts:AssumeRole" "POST";
    GetUser "iam:GetUser" "Ram:GetUser" "POST";
    ListUsers "iam:ListUsers" "Ram:ListUsers" "POST";
    ListRoles "iam:ListRoles" "Ram:ListRoles" "POST";
    ListPolicies "iam:ListPolicies" "Ram:ListPolicies" "POST";
    ListUserPolicies "iam:ListAttachedUserPolicies" "Ram:ListPoliciesForUser" "POST";
    ListKeys "iam:ListAccessKeys" "Ram:ListAccessKeys" "POST";
    AccountSummary "iam:GetAccountSummary" "Ram:GetAccountAlias" "POST";
    GetRole "iam:GetRole" "Ram:GetRole" "POST";
    GetPolicyText "iam:GetPolicyVersion" "Ram:GetPolicyVersion" "POST";
    CreateKey "iam:CreateAccessKey" "Ram:CreateAccessKey" "POST";
    UpdateKey "iam:UpdateAccessKey" "Ram:UpdateAccessKey" "POST";
    CreateUser "iam:CreateUser" "Ram:CreateUser" "POST";
    AttachPolicy "iam:AttachUserPolicy" "Ram:AttachPolicyToUser" "POST";
    LoginProfile "iam:CreateLoginProfile" "Ram:CreateLoginProfile" "POST";
    TagRole "iam:TagRole" "Ram:UpdateRole" "POST";
    Trails "cloudtrail:DescribeTrails" "Actiontrail:DescribeTrails" "POST";
    TrailStatus "cloudtrail:GetTrailStatus" "Actiontrail:GetTrailStatus" "POST";
    StopLogging "cloudtrail:StopLogging" "Actiontrail:StopLogging" "POST";
    DeleteTrail "cloudtrail:DeleteTrail" "Actiontrail:DeleteTrail" "POST";
    Instances "ec2:DescribeInstances" "Ecs:DescribeInstances" "POST";
    Volumes "ec2:DescribeVolumes" "Ecs:DescribeDisks" "POST";
    Networks "ec2:DescribeVpcs" "Vpc:DescribeVpcs" "POST";
    SecurityGroups "ec2:DescribeSecurityGroups" "Ecs:DescribeSecurityGroups" "POST";
    Snapshots "ec2:DescribeSnapshots" "Ecs:DescribeSnapshots" "POST";
    Regions "ec2:DescribeRegions" "Ecs:DescribeRegions" "POST";
    RunInstances "ec2:RunInstances" "Ecs:RunInstances" "POST";
    Databases "rds:DescribeDBInstances" "Rds:DescribeDBInstances" "POST";
    Functions "lambda:ListFunctions20150331" "FC:ListFunctions" "POST";
    Secrets "secretsmanager:ListSecrets" "Kms:ListSecrets" "POST";
    GetSecret "secretsmanager:GetSecretValue" "Kms:GetSecretValue" "POST";
    Parameters "ssm:DescribeParameters" "oos:ListParameters" "POST";
    KmsKeys "kms:ListKeys" "Kms:ListKeys" "POST";
    Decrypt "kms:Decrypt" "Kms:Decrypt" "POST";
    DataKey "kms:GenerateDataKey" "Kms:GenerateDataKey" "POST";
    SendQuota "ses:GetSendQuota" "Dm:DescAccountSummary" "POST";
    Queues "sqs:ListQueues" "Mns:ListQueue" "POST";
    Alarms "monitoring:DescribeAlarms" "Cms:DescribeMetricRuleList" "POST";
    PutMetric "monitoring:PutMetricData" "Cms:PutCustomMetric" "POST";
    Stacks "cloudformation:DescribeStacks" "ROS:ListStacks" "POST";
    Costs "ce:GetCostAndUsage" "BssOpenApi:QueryBill" "POST";
    Organization "organizations:DescribeOrganization" "ResourceManager:GetResourceDirectory" "POST";
}

impl Call {
    /// Read-only calls of the control plane, as whoever looks around makes them.
    pub(in crate::bench::detect) const LOOKS: [Self; 24] = [
        Self::GetUser,
        Self::ListUsers,
        Self::ListRoles,
        Self::ListPolicies,
        Self::ListUserPolicies,
        Self::ListKeys,
        Self::AccountSummary,
        Self::Trails,
        Self::Instances,
        Self::Volumes,
        Self::Networks,
        Self::SecurityGroups,
        Self::Snapshots,
        Self::Regions,
        Self::Databases,
        Self::Functions,
        Self::Secrets,
        Self::Parameters,
        Self::KmsKeys,
        Self::SendQuota,
        Self::Queues,
        Self::Stacks,
        Self::Costs,
        Self::Organization,
    ];

    /// Read-only calls about one bucket.
    pub(in crate::bench::detect) const BUCKET_LOOKS: [Self; 9] = [
        Self::GetAcl,
        Self::GetPolicy,
        Self::GetLocation,
        Self::GetLogging,
        Self::GetVersioning,
        Self::GetEncryption,
        Self::GetTagging,
        Self::GetLifecycle,
        Self::GetPublicBlock,
    ];

    /// Whether it is about objects: CloudTrail's data events.
    pub(in crate::bench::detect) fn is_data(self) -> bool {
        matches!(
            self,
            Self::Get
                | Self::Head
                | Self::Put
                | Self::Copy
                | Self::Delete
                | Self::DeleteMany
                | Self::BeginUpload
                | Self::UploadPart
                | Self::EndUpload
                | Self::List
                | Self::HeadBucket
                | Self::PutObjectAcl
        )
    }

    /// Whether it is about storage, so that a bucket's log has it.
    pub(in crate::bench::detect) fn is_storage(self) -> bool {
        self.aws().0 == "s3"
    }

    /// Whether it only reads.
    pub(in crate::bench::detect) fn is_read(self) -> bool {
        let name = self.aws().1;
        ["Get", "List", "Describe", "Head"].iter().any(|verb| name.starts_with(verb))
    }

    /// The verb of the official command line, which its user agent carries.
    pub(in crate::bench::detect) fn command(self) -> String {
        let (source, name) = self.aws();
        let source = if source == "s3" { "s3api" } else { source };
        let mut words = format!("{source}.");
        for (place, letter) in name.chars().enumerate() {
            if letter.is_ascii_uppercase() && place > 0 {
                words.push('-');
            }
            words.push(letter.to_ascii_lowercase());
        }
        words
    }
}
