package app

import (
	"context"
	"slices"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/suite"
	"assay/internal/web"
)

// demoUsers lists whom "See it as" offers: of the demonstration's organization,
// the first user of each role. Without it there are none.
func demoUsers(ctx context.Context, s *suite.Suite) (out []web.DemoUser, err error) {
	list, err := s.Orgs.All(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if !list[i].Demo {
			continue
		}
		members, err := s.Auth.Users(ctx, access.Console(list[i].ID))
		if err != nil {
			return nil, err
		}
		for _, role := range access.Roles() {
			j := slices.IndexFunc(members, func(m auth.Member) bool { return m.Role == role })
			for k := range members { // of those without a part in the programme, who joined last has most to do
				if role == access.RoleEmployee && members[k].Role == role && members[k].JoinedAt.After(members[j].JoinedAt) {
					j = k
				}
			}
			if j >= 0 {
				out = append(out, web.DemoUser{Role: string(role), User: members[j].ID, OrgID: list[i].ID})
			}
		}
	}
	return out, nil
}
